"""Pulls from real databases and a real HTTP server: exact, in one state, in steps, without a secret in any message."""

from __future__ import annotations

import csv
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import create_engine, text

from shuyang_data.arrival.pull.database import SNAPSHOT, less_overlap, pull_table
from shuyang_data.arrival.pull.http import pull_pages
from shuyang_data.catalog.sources import DatabasePull, HttpPull, Paging
from shuyang_data.catalog.terms import PagingStyle
from shuyang_data.errors import SourceError
from shuyang_data.reading.read import read_source


@pytest.fixture(scope="module")
def postgres(request: pytest.FixtureRequest) -> str:
    """A department's database on the tests' own server."""
    url = str(request.getfixturevalue("postgresql"))
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE source"))
    server.dispose()
    return url.replace("/postgres?", "/source?")


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the table `home`, empty."""
    url = f"sqlite:///{tmp_path / 'source.db'}" if request.param == "sqlite" else request.getfixturevalue(request.param)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS home"))
        connection.execute(text("CREATE TABLE home (code VARCHAR(20), name VARCHAR(50), beds NUMERIC(12,2), changed TIMESTAMP NULL, n INTEGER)"))  # fmt: skip
    engine.dispose()
    return str(url)


ROWS: list[dict[str, Any]] = [
    {"code": "001", "name": '颐养院"㐂", 甲\n乙', "beds": "12.50", "changed": "2026-11-01 08:00:00", "n": 1},
    {"code": "002", "name": "", "beds": None, "changed": "2026-11-02 08:00:00", "n": 2},
    {"code": "003", "name": None, "beds": "100000000.00", "changed": "2026-11-03 08:00:00", "n": 3},
]


def fill(url: str, rows: list[dict[str, Any]]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO home VALUES (:code, :name, :beds, :changed, :n)"), rows)
    engine.dispose()


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.reader(source))


def a_pull(**more: Any) -> DatabasePull:
    return DatabasePull(**{"kind": "database", "source": "s", "table": "home"} | more)


def test_a_whole_table_is_what_the_database_holds(database: str, tmp_path: Path) -> None:
    fill(database, ROWS)
    target = tmp_path / "x.csv"
    assert (
        pull_table(database, a_pull(query="SELECT code, name, n FROM home ORDER BY n", table=None), "", target).rows
        == 3
    )
    assert rows_of(target) == [
        ["code", "name", "n"], ["001", '颐养院"㐂", 甲\n乙', "1"], ["002", "", "2"], ["003", "", "3"],
    ]  # fmt: skip
    lines = target.read_text(encoding="utf-8")
    assert '002,"",' in lines.replace('"002"', "002"), "an empty text is no missing value"


def test_numbers_and_times_keep_their_digits(postgres: str, tmp_path: Path) -> None:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS exact"))
        connection.execute(
            text("CREATE TABLE exact (a NUMERIC(30,10), b TIMESTAMPTZ, c BYTEA, d BOOLEAN, e JSON, f INT[])")
        )
        connection.execute(text("INSERT INTO exact VALUES (12345678901234567890.0123456789, '2026-01-01 00:00:00.123456+08', '\\x00ff', true, '{\"a\": 1.0}', '{1,2}')"))  # fmt: skip
    engine.dispose()
    pull_table(postgres, a_pull(table="exact"), "", tmp_path / "x.csv")
    (row,) = rows_of(tmp_path / "x.csv")[1:]
    assert row[0] == "12345678901234567890.0123456789"
    assert ".123456" in row[1]
    assert row[2:] == ["\\x00ff", "t", '{"a": 1.0}', "{1,2}"]


@pytest.mark.parametrize(("watermark", "overlap", "again"), [("n", 1, ["002"]), ("changed", 86400, ["002"])])
def test_steps_by_watermark_overlap_and_miss_nothing(
    database: str, tmp_path: Path, watermark: str, overlap: int, again: list[str]
) -> None:
    fill(database, ROWS[:2])
    pull = a_pull(watermark=watermark, overlap=overlap)
    first = pull_table(database, pull, "", tmp_path / "1.csv")
    fill(database, ROWS[2:])
    second = pull_table(database, pull, first.watermark, tmp_path / "2.csv")
    codes = sorted(row[0] for row in rows_of(tmp_path / "2.csv")[1:])
    assert (first.rows, set(codes) >= {*again, "003"}) == (2, True)
    third = pull_table(database, pull, second.watermark, tmp_path / "3.csv")
    assert third.watermark == second.watermark


def test_one_pull_is_one_state(postgres: str, tmp_path: Path) -> None:
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS big"))
        connection.execute(text("CREATE TABLE big AS SELECT i, 0 AS v FROM generate_series(1, 300000) t(i)"))
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            with engine.begin() as connection:
                connection.execute(text("UPDATE big SET v = v + 1 WHERE i IN (1, 300000)"))

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for run in range(5):
            pull_table(postgres, a_pull(table="big"), "", tmp_path / f"{run}.csv")
            values = {row[0]: row[1] for row in rows_of(tmp_path / f"{run}.csv")}
            assert values["1"] == values["300000"]
    finally:
        stop.set()
        writer.join()
        engine.dispose()


def test_a_source_is_only_read(postgres: str, tmp_path: Path) -> None:
    fill_query = "WITH gone AS (DELETE FROM pg_class RETURNING 1) SELECT * FROM gone"
    with pytest.raises(SourceError):
        pull_table(postgres, a_pull(table=None, query=fill_query), "", tmp_path / "x.csv")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://u:geheim@127.0.0.1:1/x", "mysql+pymysql://u:geheim@127.0.0.1:1/x", "nosuch://u:geheim@x/y",
        "oracle+nodriver://u:geheim@x/y",
    ],
)  # fmt: skip
def test_a_source_that_does_not_answer_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(SourceError) as failed:
        pull_table(url, a_pull(), "", tmp_path / "x.csv")
    assert "geheim" not in str(failed.value)
    assert "请" in str(failed.value)


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("oracle+oracledb://u:p@127.0.0.1/x", "oracledb"), ("mssql+pymssql://u:p@127.0.0.1/x", "pymssql"),
        ("postgresql+psycopg2://u:p@127.0.0.1/kingbase", "psycopg2"), ("mysql+pymysql://u:p@127.0.0.1/x", "pymysql"),
    ],
)  # fmt: skip
def test_the_documented_dialects_load_their_drivers(url: str, driver: str) -> None:
    engine = create_engine(url)
    assert engine.dialect.loaded_dbapi.__name__ == driver
    assert engine.dialect.name in SNAPSHOT


def test_overlap_of_numbers_times_and_texts() -> None:
    assert less_overlap("100", 10) == "90"
    assert less_overlap("2026-11-02 00:00:00", 3600) == "2026-11-01 23:00:00"
    assert less_overlap("K7", 5) == "K7"


Reply = Callable[[str, dict[str, str], Any], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def interface() -> Iterator[Callable[[Reply], str]]:
    """Serves what a function answers, on this machine."""
    servers: list[ThreadingHTTPServer] = []

    def serve(reply: Reply) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                status, headers, body = reply(parts.path, query, self.headers)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


RECORDS = [{"code": f"{n:03}", "v": n / 2} for n in range(7)]


def page(rows: list[Any], **more: Any) -> bytes:
    return json.dumps({"data": {"list": rows, **more}}).encode()


def an_http_pull(**more: Any) -> HttpPull:
    return HttpPull(**{"kind": "http", "source": "s", "path": "/x", "records": "data.list", "per_second": 500} | more)


def codes_in(path: Path) -> list[str]:
    return [row[0] for table in read_source(path) for row in table.rows]


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "link", "relative"])
def test_every_way_of_paging(interface: Callable[[Reply], str], tmp_path: Path, style: str) -> None:
    base: list[str] = []

    def reply(path: str, query: dict[str, str], headers: Any) -> tuple[int, dict[str, str], bytes]:
        assert headers["Authorization"] == "Bearer t"
        size = int(query.get("size", 3))
        start = {
            "page": (int(query.get("page", 1)) - 1) * size, "offset": int(query.get("page", 0)),
            "cursor": int(query.get("page", 0)), "link": int(query.get("from", 0)), "relative": int(query.get("from", 0)),
        }[style]  # fmt: skip
        rows = RECORDS[start : start + size]
        more = start + size < len(RECORDS)
        place = {"link": f"{base[0]}/x", "relative": ""}.get(style)
        headers = {"Link": f'<{place}?from={start + size}>; rel="next"'} if place is not None and more else {}
        return 200, headers, page(rows, next=str(start + size) if more else None)

    base.append(interface(reply))
    paging = Paging(style=PagingStyle("link" if style == "relative" else style), size=3, next="data.next")
    pulled = pull_pages(base[0], "t", an_http_pull(paging=paging), "", tmp_path / "x.zip")
    assert pulled.pages == 3
    assert codes_in(tmp_path / "x.zip") == [record["code"] for record in RECORDS]


def test_the_token_goes_nowhere_else(interface: Callable[[Reply], str], tmp_path: Path) -> None:
    """Seen: the interface named a next page on another host, and the token went there."""
    asked: list[str] = []

    def elsewhere(path: str, query: dict[str, str], headers: Any) -> tuple[int, dict[str, str], bytes]:
        asked.append(headers.get("Authorization", ""))
        return 200, {}, page(RECORDS[:1])

    other = interface(elsewhere)
    base = interface(lambda *_: (200, {"Link": f'<{other}/x>; rel="next"'}, page(RECORDS[:3])))
    paging = Paging(style=PagingStyle.LINK, size=3)
    with pytest.raises(SourceError, match="下一页在另一处") as caught:
        pull_pages(base, "geheim", an_http_pull(paging=paging), "", tmp_path / "x.zip")
    assert asked == []
    assert "geheim" not in str(caught.value)


def test_it_tries_again_and_keeps_every_byte(interface: Callable[[Reply], str], tmp_path: Path) -> None:
    answers = iter([503, 429, 200])
    body = b'{"data": {"list": [{"code": "001", "v": 1.50}]}}'
    base = interface(lambda *_: (next(answers), {"Retry-After": "0"}, body))
    pull_pages(base, "", an_http_pull(), "", tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.read(archive.namelist()[0]) == body
    assert read_source(tmp_path / "x.zip")[0].rows == [["001", "1.50"]]


def test_nothing_new_is_not_pulled_again(interface: Callable[[Reply], str], tmp_path: Path) -> None:
    def reply(path: str, query: dict[str, str], headers: Any) -> tuple[int, dict[str, str], bytes]:
        return (304, {}, b"") if headers.get("If-None-Match") == '"7"' else (200, {"ETag": '"7"'}, page(RECORDS))

    base = interface(reply)
    first = pull_pages(base, "", an_http_pull(), "", tmp_path / "1.zip")
    assert (first.pages, first.etag) == (1, '"7"')
    assert pull_pages(base, "", an_http_pull(), first.etag, tmp_path / "2.zip").pages == 0


@pytest.mark.parametrize("answer", [(404, b"{}"), (200, b"<html>"), (200, b'{"error": 1}')])
def test_a_wrong_answer_is_a_clear_fault(
    interface: Callable[[Reply], str], tmp_path: Path, answer: tuple[int, bytes]
) -> None:
    base = interface(lambda *_: (answer[0], {}, answer[1]))
    paging = Paging(style=PagingStyle.PAGE, size=3)
    with pytest.raises(SourceError, match="接口|返回"):
        pull_pages(base, "", an_http_pull(paging=paging), "", tmp_path / "x.zip")
