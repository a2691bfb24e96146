"""What Dagster's own programs load: the definitions of the configured catalog."""

from pipelines.county_definitions import build_definitions
from shuyang_data.catalog.load import load_catalog
from shuyang_data.settings import Settings

settings = Settings()
defs = build_definitions(load_catalog(settings.catalog), settings)
