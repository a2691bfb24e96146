"""What Dagster's own programs load: the definitions of the configured catalog."""

from pipelines.county_definitions import build_definitions
from shuyang_data.settings import Settings
from shuyang_data.storage.catalog_in_force import load_in_force

settings = Settings()
defs = build_definitions(load_in_force(settings), settings)
