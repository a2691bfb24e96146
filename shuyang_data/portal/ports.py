"""Ports on which something is to listen: one clear refusal before anything is started."""

from __future__ import annotations

import errno
import socket

from shuyang_data.errors import Problem, UsageError

LOWEST, HIGHEST = 1, 65535


def require_free_port(host: str, port: int, option: str = "--port") -> None:
    """Raise UsageError for a port that is none, is taken, or may not be used; for a host that is not ours."""
    if not LOWEST <= port <= HIGHEST:
        raise UsageError([Problem(option, f"写的是 {port}", f"{LOWEST} 至 {HIGHEST}")])
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except PermissionError:
        raise UsageError([Problem(f"{host}:{port}", "没有权限用这个端口", "1024 以上的端口")]) from None
    except OSError as error:
        raise UsageError([_told(host, port, option, error)]) from None


def _told(host: str, port: int, option: str, error: OSError) -> Problem:
    if error.errno == errno.EADDRINUSE:
        return Problem(f"{host}:{port}", "端口已被占用", "一个空闲的端口", f"用 {option} 换一个")
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return Problem(host, "不是本机的地址", "本机的一个地址，例如 127.0.0.1", "用 --host 换一个")
    return Problem(f"{host}:{port}", f"不能监听（{error.strerror or error}）", "可以监听的地址和端口")
