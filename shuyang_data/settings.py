"""The only place that reads the environment: every switch of the platform, each named SHUYANG_…"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SPARK_WARNING = "PySpark does not yet fully support pandas"
REPOSITORY = Path(__file__).resolve().parent.parent
# What `shuyang init` lays down: in a checkout links to its own files.
COUNTY_FOLDER = Path(__file__).resolve().parent / "county_folder"


def default_catalog() -> Path:
    """The catalog of the current folder, else that of the checkout that the code runs from.

    Where there is neither, the former, which whoever reads it then misses by its name.
    """
    here = Path("catalog")
    is_checkout = (REPOSITORY / "pyproject.toml").is_file()
    return REPOSITORY / "catalog" if is_checkout and not here.is_dir() else here


class Settings(BaseSettings):
    """Read once by the entry points and handed down; nothing below them looks at the environment.

    home: the one folder that holds all state; `data` in the current folder when not set. memory_limit: DuckDB's limit,
    for example `2GB`. threads: DuckDB threads; 0 lets it decide. workers: processes that share a night's datasets, each
    with that memory; one a core when not set, 0 for none beside the night's own. hold_rows: up to so many rows a step
    keeps its intermediate table in memory, above it computes it anew. portal_url: where people reach `shuyang serve`;
    Dagster links there when it is set, and `make ui` sets it. spark_remote: a Spark Connect server (`sc://host:port`)
    that sees the lake's files under the same paths. night_at: HH:MM in the county, when the scheduled night starts.
    backup_passphrase: under which the keys go into a backup. largest_upload, upload_quota: bytes of one file, and of
    all files that a department has begun to send and not ended.
    """

    model_config = SettingsConfigDict(env_prefix="SHUYANG_", frozen=True)

    home: Path = Path("data")
    catalog: Path = Field(default_factory=default_catalog)
    registry_url: str = ""
    memory_limit: str = "1500MB"
    threads: int = 0
    workers: int | None = None
    hold_rows: int = 2_000_000
    hash_key: str = ""
    timezone: str = "Asia/Shanghai"
    spark_remote: str = ""
    portal_url: str = ""
    night_at: str = "02:00"
    backup_passphrase: str = ""
    largest_upload: int = Field(default=64 << 30, ge=1)
    upload_quota: int = Field(default=128 << 30, ge=1)

    @field_validator("home", "catalog")
    @classmethod
    def absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("night_at")
    @classmethod
    def time_of_day(cls, value: str) -> str:
        return datetime.strptime(value, "%H:%M").strftime("%H:%M")

    def today(self, now: datetime) -> date:
        """The day in the county at a moment that knows its zone."""
        return now.astimezone(self.zone).date()

    @property
    def cores(self) -> int:
        return os.cpu_count() or 1

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def catalog_kept(self) -> Path:
        """The last valid state of the catalog's files."""
        return self.home / "catalog_kept"

    @property
    def analyst(self) -> Path:
        return self.home / "analyst.duckdb"

    @property
    def zone(self) -> ZoneInfo:
        """The county's: every day is a day there, wherever the server stands."""
        return ZoneInfo(self.timezone)

    @property
    def utc_offset(self) -> int:
        """Minutes by which the county's clocks are ahead of UTC, summer time apart, which it has not had since 1991."""
        ahead = datetime(2000, 1, 1, tzinfo=self.zone).utcoffset()
        return int(ahead.total_seconds() // 60) if ahead else 0

    @property
    def heartbeat(self) -> Path:
        """Written when the targets of a night are."""
        return self.home / "heartbeat"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def registry(self) -> str:
        """The registry's SQLAlchemy URL; a SQLite file in the home folder unless one was given."""
        return self.registry_url or sqlite_url(self.home / "registry.db")


def sqlite_url(path: Path) -> str:
    """A SQLite file as SQLAlchemy's URL, which is percent-encoded."""
    return f"sqlite:///{quote(str(path))}"


def source_url(source: str) -> str:
    """Where a database or interface is, secrets included: `SHUYANG_SOURCE_<source>`; empty when not set."""
    return os.environ.get(f"SHUYANG_SOURCE_{source.upper()}", "")


def source_token(source: str) -> str:
    """The bearer token of an interface: `SHUYANG_SOURCE_<source>_TOKEN`; empty when not set."""
    return os.environ.get(f"SHUYANG_SOURCE_{source.upper()}_TOKEN", "")


def export_dagster_home(settings: Settings) -> None:
    """Tell Dagster, and the processes it starts, where its instance lives; it reads nothing else."""
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ["SHUYANG_HOME"] = str(settings.home)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # A plain `import great_expectations` imports Spark's client where that is installed (our own door does not). It
    # warns of the pandas here, and ends a process whose main module has no file, unless it is told of a Spark.
    os.environ.setdefault("SPARK_HOME", str(settings.home))
    os.environ.setdefault("PYTHONWARNINGS", f"ignore:{SPARK_WARNING}")


def export_portal_url(url: str) -> None:
    """Tell the processes that are started from here where our pages are served, unless that is configured."""
    os.environ.setdefault("SHUYANG_PORTAL_URL", url)
