"""A server on loopback that does to a client what servers do: each fault by raw sockets, with its name beside it.

A host is an address of its own (127.3.0.1, 127.3.0.2, …) with a site behind a door; a door decides over the
connection, an answer over one address of the site. `FAULTS` says of each what a crawl is to make of it.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PACE = 0.1  # seconds between two bytes of a slow server
_HTML = "Content-Type: text/html; charset=utf-8"


# ---------------------------------------------------------------- the server


@dataclass
class Talk:
    """One request, and the line to who made it."""

    line: socket.socket
    host: Host
    path: str
    asked: str  # the head of the request
    before: int  # how often the address was asked for
    closing: bool = False

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.line.sendall(piece)

    def slowly(self, piece: bytes) -> None:
        """A byte at a time, until the client or the server has had enough."""
        for byte in piece:
            self.say(bytes([byte]))
            if self.host.stopped.wait(PACE):
                return

    def reset(self) -> None:
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.line.close()


Answer = Callable[[Talk], None]
Door = Callable[[socket.socket, threading.Event], "socket.socket | None"]


def straight(line: socket.socket, _: threading.Event) -> socket.socket:
    """The door of a server without TLS."""
    return line


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1")


def page(body: bytes, status: str = "200 OK", *headers: str, kind: str = _HTML) -> Answer:
    """A whole answer, after which the line stays open."""

    def answer(talk: Talk) -> None:
        talk.say(head(status, kind, *headers, f"Content-Length: {len(body)}"), body)

    return answer


def raw(*pieces: bytes, reset: bool = False) -> Answer:
    """Just these bytes, then the end of the connection."""

    def answer(talk: Talk) -> None:
        talk.say(*pieces)
        talk.closing = True
        if reset:
            talk.host.stopped.wait(PACE)  # what was said arrives before the reset overtakes it
            talk.reset()

    return answer


def first(times: int, answer: Answer, then: Answer) -> Answer:
    """One answer so many times, then the other."""
    return lambda talk: (answer if talk.before < times else then)(talk)


@dataclass
class Host:
    """An address with a site behind a door; `*` is any page that the site does not name."""

    address: str
    port: int
    pages: dict[str, Answer]
    door: Door
    listener: socket.socket
    stopped: threading.Event
    asked: list[str] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    largest: int = 0  # bytes of a request's head
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}:{self.port}"

    def serve(self, line: socket.socket) -> None:
        with suppress(OSError), line:  # the client has gone, or was sent away
            inner = self.door(line, self.stopped)
            if inner is not None:
                with inner:
                    self.converse(inner)

    def converse(self, inner: socket.socket) -> None:
        """Answer one request after the other."""
        with suppress(OSError):
            while asked := _head(inner):
                path = asked.split(" ", 2)[1]
                talk = Talk(inner, self, path, asked, self.times[path])
                self.times[path] += 1
                self.asked.append(path)
                self.largest = max(self.largest, len(asked))
                self.pages.get(path, self.pages.get("*", NOWHERE))(talk)
                if talk.closing:
                    return


def _head(line: socket.socket) -> str:
    """The head of a request; empty where none comes."""
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        piece = line.recv(65536)
        if not piece:
            return ""
        got += piece
    return got.decode("latin-1")


NOWHERE = page("<html><title>404</title><body>页面不存在</body></html>".encode(), "404 Not Found")


class FaultServer:
    """Any number of hosts."""

    def __init__(self) -> None:
        self.hosts: list[Host] = []
        self.stopped = threading.Event()
        self._selector = selectors.DefaultSelector()

    def host(self, pages: dict[str, Answer], door: Door = straight, scheme: str = "http") -> Host:
        """Open another one; its pages may be put there later."""
        address = f"127.3.{len(self.hosts) // 200}.{len(self.hosts) % 200 + 1}"
        listener = socket.create_server((address, 0), backlog=64)
        port: int = listener.getsockname()[1]
        host = Host(address, port, pages, door, listener, self.stopped, scheme=scheme)
        self._selector.register(listener, selectors.EVENT_READ, host)
        self.hosts.append(host)
        return host

    def deaf(self) -> str:
        """An address at which no connection is ever made: its queue is full and nobody takes from it."""
        listener = socket.create_server(("127.3.255.1", 0), backlog=0)
        self._full = [listener]
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listener.getsockname())
            self._full.append(waiting)
        return "http://{}:{}".format(*listener.getsockname())

    def run(self) -> None:
        while not self.stopped.is_set():
            for key, _ in self._selector.select(0.05):
                with suppress(OSError):
                    line, _ = key.fileobj.accept()  # type: ignore[union-attr]  # a socket, as registered
                    line.settimeout(30)
                    threading.Thread(target=key.data.serve, args=(line,), daemon=True).start()


@contextmanager
def faults() -> Iterator[FaultServer]:
    server = FaultServer()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        thread.join()
        for host in server.hosts:
            host.listener.close()
        for full in getattr(server, "_full", ()):
            full.close()
