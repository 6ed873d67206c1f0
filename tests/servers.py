"""Real servers on loopback: invented portals behind a forward proxy, with everything that goes wrong on real ones."""

from __future__ import annotations

import os
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Page:
    """What an address answers."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, handler: Handler) -> None:
        etag = self.headers.get("ETag")
        if etag and handler.headers.get("If-None-Match") == etag:
            handler.answer(304, {}, b"")
            return
        handler.answer(self.status, {"Content-Type": "text/html; charset=utf-8", **self.headers}, self.body)


Answer = Callable[["Handler"], None]


def redirect(to: str, status: int = 302, **headers: str) -> Page:
    return Page(b"", status, {"Location": to, **headers})


def in_turn(*answers: Answer) -> Answer:
    """Another answer each time; the last one stays."""
    left = list(answers)

    def answer(handler: Handler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def reset(handler: Handler) -> None:
    """Break the connection before a word was said."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def cut(body: bytes, announced: int, *, hard: bool) -> Answer:
    """Announce more than is sent, then close the connection, or break it."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("Content-Length", str(announced))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        if hard:
            time.sleep(0.2)  # what was sent arrives before the reset overtakes it
            reset(handler)
        handler.close_connection = True

    return answer


def endless(handler: Handler) -> None:
    """A body without announced length that does not end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b"<p>" + "政府信息公开".encode() * 1000)
    except OSError:  # the crawler has had enough
        return


def stall(seconds: float) -> Answer:
    """Take the request and say nothing."""

    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Web

    sent = b""  # the body of a POST

    def do_POST(self) -> None:
        self.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_GET(self) -> None:
        url = self.path if "://" in self.path else f"http://{self.headers['Host']}{self.path}"
        self.server.asked.append(url)
        self.server.when.append(time.monotonic())
        self.server.requests.append((url, dict(self.headers)))
        with self.server.counting():
            time.sleep(self.server.delay)
        pages = self.server.pages
        pages.get(url, pages.get(f"{url.partition('?')[0]}?", NOWHERE))(self)  # "…/x.jsp?": whatever is asked of it

    def do_CONNECT(self) -> None:
        """A tunnel to the server that stands for a name over TLS; to any other there is none."""
        self.server.asked.append(self.path)
        self.server.when.append(time.monotonic())
        behind = self.server.tunnels.get(self.path)
        if behind is None:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", behind)) as there:
            other = threading.Thread(target=_pour, args=(there, self.connection), daemon=True)
            other.start()
            _pour(self.connection, there)
            other.join()
        self.close_connection = True

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304:
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay quiet: `asked` has what was asked for."""


def _pour(source: socket.socket, into: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            into.sendall(data)
        into.shutdown(socket.SHUT_WR)
    except OSError:  # one of the two has had enough
        return


NOWHERE = Page("<html><title>404</title><body>页面不存在</body></html>".encode(), 404)


class Web(ThreadingHTTPServer):
    """Any number of invented sites; asked directly or as a proxy."""

    daemon_threads = True

    def __init__(self, pages: dict[str, Answer], host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Handler)
        self.pages = pages
        self.asked: list[str] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.when: list[float] = []  # of each request, by the monotonic clock
        self.tunnels: dict[str, int] = {}  # host:443 to the port of a server
        self.delay = 0.0
        self.most = 0  # requests under way at one time
        self._now = 0
        self._counter = threading.Lock()

    @contextmanager
    def counting(self) -> Iterator[None]:
        with self._counter:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            yield
        finally:
            with self._counter:
                self._now -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no error of the server's."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(pages: dict[str, Answer], host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    with Web(pages, host) as web:
        if tls:
            web.socket = tls.wrap_socket(web.socket, server_side=True)
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield web
        finally:
            web.shutdown()
            thread.join()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Crawls:
    """Crawls of one archive, each a process of its own, as a user starts them."""

    folder: Path
    web: Web
    direct: str = ""  # hosts that are not asked through the proxy
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        return self.folder / "gongkai.db"

    def portal(self, name: str, text: str) -> None:
        portals = self.folder / "portals"
        portals.mkdir(exist_ok=True)
        (portals / f"{name}.toml").write_text(text, "utf-8")

    @contextmanager
    def start(self, name: str, **settings: object) -> Iterator[subprocess.Popen[str]]:
        """A crawl under way; what is left of it at the end is killed."""
        given = {"DOWNLOAD_DELAY": 0.01, "GONGKAI_RETRY_PAUSE": 0.02, **settings}
        words = [word for key, value in given.items() for word in ("-s", f"{key}={value}")]
        proxies = {"http_proxy": self.web.address, "https_proxy": self.web.address, "no_proxy": self.direct}
        kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        with subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", name, *words],
            cwd=ROOT,
            env={
                **kept,
                **proxies,
                **self.environment,
                "GONGKAI_ARCHIVE": str(self.archive),
                "GONGKAI_PORTALS": str(self.folder / "portals"),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, name: str, **settings: object) -> str:
        """Crawl to the end; what was logged."""
        with self.start(name, **settings) as process:
            _, log = process.communicate(timeout=60)
        assert process.returncode == 0, log
        return log

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()
