"""Connections of `requests` as a crawl makes them: into no private network, and not for ever."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from threading import Timer
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from crawler.resolver import Grants

_HELD = 8  # connections of one `Deadline`: to two hosts by two schemes, with TLS that holds and as it is


class Inside(NewConnectionError):  # noqa: N818  # it says what happened, as `PrivateAddress` does
    """Raised for a name that leads into a private network and nowhere else."""


class Deadline:
    """A limit to the whole of an answer: a time-out is one between two bytes, and these may come one at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._held: deque[socket.socket] = deque()
        self._timer: Timer | None = None

    def __enter__(self) -> Self:
        self.is_over = False
        self._timer = Timer(self.seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def hold(self, connection: socket.socket) -> None:
        """Have a connection broken too when time is up; by a twin, for TLS takes the first over."""
        self._held.append(connection.dup())
        if len(self._held) > _HELD:
            self._held.popleft().close()

    def close(self) -> None:
        while self._held:
            self._held.popleft().close()

    def _end(self) -> None:
        self.is_over = True
        for connection in tuple(self._held):
            with suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)


class _Timed(HTTPConnection):
    """To a proxy: it resolves the names."""

    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        self.deadline.hold(connection)
        return connection


class _Gated(_Timed):
    """To a host: what its name leads to is judged here, and that address is connected to."""

    grants: Grants

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        try:
            told = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in told))
        open_ones = [address for address in addresses if self.grants.lets(name, address)]
        if not open_ones:
            raise Inside(self, f"{name} leads to {addresses[0]}, inside a private network")
        *others, last = open_ones
        try:
            for self._dns_host in others:
                with suppress(NewConnectionError, ConnectTimeoutError):
                    return super()._new_conn()
            self._dns_host = last
            return super()._new_conn()
        finally:
            self._dns_host = name


class Checked(HTTPAdapter):
    """An adapter whose connections are these."""

    def __init__(self, deadline: Deadline, private: Iterable[str]) -> None:
        self._ways = _ways(_Gated, deadline=deadline, grants=Grants(private))
        self._by_proxy = _ways(_Timed, deadline=deadline)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._ways

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._by_proxy
        return manager


def _ways(kind: type[_Timed], **facts: object) -> dict[str, type[HTTPConnectionPool]]:
    """Pools of such connections, by scheme: urllib3 takes classes."""
    plain = type("Plain", (kind,), facts)
    secure = type("Secure", (kind, HTTPSConnection), facts)
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
