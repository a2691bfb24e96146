"""A port or a host on which nothing can listen is refused with the option that mends it."""

from __future__ import annotations

import socket

import pytest

from shuyang_data.errors import UsageError
from shuyang_data.portal.ports import require_free_port


def refused(host: str, port: int, option: str = "--port") -> str:
    with pytest.raises(UsageError) as told:
        require_free_port(host, port, option)
    return str(told.value)


def test_a_taken_port_asks_for_another_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "--pages-port" in refused("127.0.0.1", taken.getsockname()[1], "--pages-port")


@pytest.mark.parametrize("host", ["192.0.2.1", "::ffff:192.0.2.1", "no such host"])
def test_a_foreign_host_asks_for_another_host_and_no_other_port(host: str) -> None:
    text = refused(host, 8642)
    assert "不是本机的地址" in text and "--host" in text and "--port" not in text


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    assert "1 至 65535" in refused("127.0.0.1", port)
