"""Where the server listens: a host and a port → sockets, and the URL that leads to them."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from ....core.errors import LLMVoxError

__all__ = ["end_stalled", "listen", "url_of"]

_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # localhost may have an IPv6 address where IPv6 is off


def listen(host: str, port: int) -> list[socket.socket]:
    """One socket for each address that the host stands for, all on one port; 0 is any free one.

    Raises LLMVoxError.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host):
            try:
                sockets.append(_bound(family, (address[0], port, *address[2:])))
            except OSError as error:
                if error.errno not in _ABSENT:
                    raise
            else:
                port = sockets[0].getsockname()[1]
        if not sockets:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    except OSError as error:
        for one in sockets:
            one.close()
        raise LLMVoxError(_told(host, port, error)) from error
    return sockets


def end_stalled(listener: socket.socket, seconds: float) -> None:
    """Have the kernel end the connections that it accepts when their client takes nothing for so long.

    uvicorn closes none before all is sent, so that of a client who hangs would stay for ever. On Linux only.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * seconds))


def url_of(host: str, sockets: list[socket.socket]) -> str:
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{name}:{sockets[0].getsockname()[1]}"


def _addresses(host: str) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    found = socket.getaddrinfo(host.strip("[]") or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, *_, address in found))


def _bound(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else a restart has to wait
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(2048)
    except BaseException:
        one.close()
        raise
    return one


def _told(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen on {host}: port {port} is in use; choose another one with --port"
    return f"cannot listen on {host}, port {port}: {error.strerror}"
