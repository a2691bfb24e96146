"""The registry: deliveries, outcomes, releases, demands, supplies and nights, in SQLite (WAL) or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, create_engine, delete, event, inspect, select, text, update
from sqlalchemy.orm import Session

from shuyang_data.acts import DeliveryAct
from shuyang_data.exchange.records import Demand, Supply
from shuyang_data.ledger import Ledger
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Delivery, DeliveryState, Drift, DriftKind, Outcome, PullMark, Release
from shuyang_data.storage.registry_connection import registry_errors, tune_sqlite
from shuyang_data.storage.registry_model import (
    DeliveryRow,
    DemandRow,
    DepartmentKeyRow,
    NightRow,
    OutcomeRow,
    PullRow,
    ReleaseRow,
    SupplyRow,
    TicketRow,
)

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0006"


ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {
    record: TypeAdapter(record) for record in (Delivery, Demand, Outcome, PullMark, Release, Supply)
}
LEDGER = TypeAdapter(Ledger)
ACTS = TypeAdapter(tuple[DeliveryAct, ...])


def _adapter(record: type[Any]) -> TypeAdapter[Any]:
    return ADAPTERS[record]


def _body(record: Any) -> dict[str, Any]:
    """A record as JSON values."""
    body: dict[str, Any] = _adapter(type(record)).dump_python(record, mode="json")
    return body


class Registry:
    """Every method is one transaction."""

    def __init__(self, url: str, before_creation: Callable[[], None] = lambda: None) -> None:
        """before_creation: called where there is no registry yet; it may raise, and then none is made."""
        self._before_creation = before_creation
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            Path(self._engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            event.listen(self._engine, "connect", tune_sqlite)
        with registry_errors(url):
            self.migrate()

    def migrate(self) -> None:
        """Bring the tables up to this version of the software."""
        with self._engine.begin() as connection:
            revision = revision_of(connection)
            if revision is None:
                self._before_creation()
            if revision != HEAD:
                upgrade(connection, HEAD)

    def checkpoint(self) -> None:
        """Bring what SQLite's log holds into the file and empty the log, as far as readers let it."""
        if self._engine.dialect.name == "sqlite":
            with registry_errors(str(self._engine.url)), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of every connection; the next call opens one again."""
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        return self._engine

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction; the registry's own faults become StorageError."""
        with registry_errors(str(self._engine.url)), Session(self._engine) as session, session.begin():
            yield session

    def save_delivery(self, delivery: Delivery) -> None:
        """Insert or update one delivery."""
        body = _body(delivery)
        kept_as_json = {name: body[name] for name in ("drift", "acts", "state", "ledger")}
        fields = asdict(delivery) | {"dataset": str(delivery.dataset)} | kept_as_json
        with self.session() as session:
            session.merge(DeliveryRow(**fields))

    def deliveries(self, dataset: DatasetId | None = None) -> list[Delivery]:
        """In the order in which they take effect."""
        query = select(DeliveryRow).order_by(
            DeliveryRow.dataset, DeliveryRow.data_on, DeliveryRow.sequence, DeliveryRow.received_at, DeliveryRow.id
        )
        if dataset is not None:
            query = query.where(DeliveryRow.dataset == str(dataset))
        with self.session() as session:
            return [_delivery(row) for row in session.scalars(query)]

    def set_key(self, department: str, digest: str) -> None:
        """Give a department a new key, by its SHA-256; the old one is worth nothing from now on."""
        with self.session() as session:
            session.execute(delete(DepartmentKeyRow).where(DepartmentKeyRow.department == department))
            session.add(DepartmentKeyRow(digest=digest, department=department))

    def key_owner(self, digest: str) -> str | None:
        """The department whose key has this SHA-256; None when nobody's has."""
        with self.session() as session:
            row = session.get(DepartmentKeyRow, digest)
            return row.department if row else None

    def save_pull(self, dataset: DatasetId, mark: PullMark) -> None:
        with self.session() as session:
            session.merge(PullRow(dataset=str(dataset), body=_body(mark)))

    def pull_mark(self, dataset: DatasetId) -> PullMark:
        """How far the last pull came; an empty mark before the first one."""
        with self.session() as session:
            row = session.get(PullRow, str(dataset))
            found: PullMark = _adapter(PullMark).validate_python(row.body) if row else PullMark()
            return found

    def save_outcome(self, outcome: Outcome) -> None:
        with self.session() as session:
            session.merge(OutcomeRow(dataset=str(outcome.dataset), body=_body(outcome)))

    def outcome(self, dataset: DatasetId) -> Outcome | None:
        with self.session() as session:
            row = session.get(OutcomeRow, str(dataset))
            return _adapter(Outcome).validate_python(row.body) if row else None

    def outcomes(self) -> dict[DatasetId, Outcome]:
        with self.session() as session:
            found = [_adapter(Outcome).validate_python(row.body) for row in session.scalars(select(OutcomeRow))]
        return {outcome.dataset: outcome for outcome in found}

    def save_release(self, release: Release) -> None:
        """Make this the current release of its dataset and layer."""
        with self.session() as session:
            mine = (ReleaseRow.dataset == str(release.dataset)) & (ReleaseRow.layer == release.layer.value)
            session.execute(update(ReleaseRow).where(mine).values(is_current=0))
            session.merge(
                ReleaseRow(
                    dataset=str(release.dataset), layer=release.layer.value, version=release.version, is_current=1,
                    released_at=release.released_at, withdrawn_at=None, body=_body(release),
                )
            )  # fmt: skip

    def withdraw_release(self, dataset: DatasetId, layer: Layer, at: datetime, why: str) -> None:
        """No release of this dataset and layer is current any more; the one that was says since when, and why."""
        mine = (ReleaseRow.dataset == str(dataset)) & (ReleaseRow.layer == layer.value) & (ReleaseRow.is_current == 1)
        with self.session() as session:
            for row in session.scalars(select(ReleaseRow).where(mine)):
                release = _adapter(Release).validate_python(row.body)
                row.body = _body(replace(release, withdrawn_at=at, withdrawn_for=why))
                row.is_current, row.withdrawn_at = 0, at

    def withdrawn(self) -> list[Release]:
        """Every release that was taken away, the newest last."""
        query = select(ReleaseRow).where(ReleaseRow.withdrawn_at.is_not(None)).order_by(ReleaseRow.withdrawn_at)
        with self.session() as session:
            return [_adapter(Release).validate_python(row.body) for row in session.scalars(query)]

    def releases(self, dataset: DatasetId | None = None, *, current: bool = True) -> list[Release]:
        query = select(ReleaseRow).order_by(ReleaseRow.dataset, ReleaseRow.layer, ReleaseRow.released_at)
        if dataset is not None:
            query = query.where(ReleaseRow.dataset == str(dataset))
        if current:
            query = query.where(ReleaseRow.is_current == 1)
        with self.session() as session:
            return [_adapter(Release).validate_python(row.body) for row in session.scalars(query)]

    def replace_demands(self, demands: Iterable[Demand]) -> None:
        """The demand list as it is now; demands that left the list are removed."""
        with self.session() as session:
            kept = {demand.id: demand for demand in demands}
            for row in session.scalars(select(DemandRow)):
                if row.id not in kept:
                    session.delete(row)
            for demand in kept.values():
                session.merge(DemandRow(id=demand.id, body=_body(demand)))

    def demands(self) -> list[Demand]:
        with self.session() as session:
            rows = session.scalars(select(DemandRow).order_by(DemandRow.id))
            return [_adapter(Demand).validate_python(row.body) for row in rows]

    def save_supplies(self, supplies: Iterable[Supply]) -> None:
        with self.session() as session:
            for supply in supplies:
                session.merge(SupplyRow(demand_id=supply.demand_id, version=supply.version, body=_body(supply)))

    def supplies(self, *, withdrawn: bool = False) -> list[Supply]:
        """What departments hold of us; with withdrawn, what was taken back too."""
        with self.session() as session:
            every = [_adapter(Supply).validate_python(row.body) for row in session.scalars(select(SupplyRow))]
        return [supply for supply in every if withdrawn or supply.withdrawn_at is None]

    def withdraw_supplies(self, dataset: DatasetId, at: datetime) -> None:
        """Whatever was supplied of a dataset is taken back."""
        mine = [supply for supply in self.supplies() if supply.dataset == dataset]
        self.save_supplies(replace(supply, withdrawn_at=at) for supply in mine)

    def open_tickets(self) -> dict[DatasetId, list[date]]:
        """dataset → days from which the clocks of its open correction tickets (校核) run."""
        found: dict[DatasetId, list[date]] = {}
        with self.session() as session:
            for row in session.scalars(select(TicketRow).where(TicketRow.closed_on.is_(None))):
                found.setdefault(DatasetId.parse(row.dataset), []).append(row.since)
        return found

    def save_night(self, night: str, as_of: date, started: datetime, finished: datetime | None, body: Any) -> None:
        with self.session() as session:
            session.merge(NightRow(id=night, as_of=as_of, started_at=started, finished_at=finished, body=body))

    def last_night(self) -> Mapping[str, Any] | None:
        query = select(NightRow).order_by(NightRow.started_at.desc()).limit(1)
        with self.session() as session:
            row = session.scalars(query).first()
            if row is None:
                return None
            return {
                "id": row.id, "as_of": row.as_of, "started_at": _aware(row.started_at),
                "finished_at": row.finished_at and _aware(row.finished_at), **row.body,
            }  # fmt: skip


def upgrade(connection: Connection, revision: str) -> None:
    """Make the tables of a revision, or change older ones to it; only a new or an old registry pays for the import."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic's configuration takes a percent sign for a reference.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str | None:
    """The revision that Alembic noted; None in a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _delivery(row: DeliveryRow) -> Delivery:
    fields = {name: getattr(row, name) for name in Delivery.__dataclass_fields__}
    drift = tuple(Drift(DriftKind(d["kind"]), d["column"], d["found"]) for d in row.drift or ())
    acts = ACTS.validate_python(row.acts or ())
    fields |= {"ledger": LEDGER.validate_python(row.ledger or ())}
    fields |= {"dataset": DatasetId.parse(row.dataset), "drift": drift, "state": DeliveryState(row.state), "acts": acts}
    delivery = Delivery(**fields)
    return replace(delivery, received_at=_aware(delivery.received_at))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
