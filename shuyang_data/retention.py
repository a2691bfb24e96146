"""How long things are kept, all in one place. docs/operations.md says the same; a test compares the two.

Nothing here touches what a department delivered, or the registry: those stay.
"""

# Snapshots of every table of the lake, beside those from which something published was made.
SNAPSHOTS = 10
# Deliveries of a dataset in raw that are not in force any more; their bytes stay in landing.
RAW_DELIVERIES = 3
# Days that a replaced release stays for those who are still reading it.
RELEASE_DAYS = 7
ANALYST_BUILDS = 7
# Days of what a person did not finish sending.
UPLOAD_DAYS = 7
# Days of what a night set aside because it was damaged.
DAMAGED_DAYS = 30
# Days of the files of releases that were withdrawn: evidence of what had been public.
WITHDRAWN_DAYS = 400
# Days of a run in Dagster, with its log; then, of what its assets became, only the lasting layers.
RUN_DAYS = 10
RUN_HISTORY_DAYS = 400
