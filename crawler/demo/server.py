"""Serves portals on loopback: a forward proxy for their hosts, over real sockets."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from crawler.demo.site import Answer, Site


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open
    wbufsize = 1 << 16  # head and body leave together
    disable_nagle_algorithm = True  # else the last piece of a page waits 40 ms for the client's word
    sites: Mapping[str, Site]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)  # absolute when we are asked as a proxy
        host = parts.hostname or self.headers.get("Host", "").partition(":")[0].lower()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked = {name.lower(): value for name, value in self.headers.items()}
        answer = self.sites[host].get(target, asked) if host in self.sites else _unknown(host)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET  # noqa: N815  # the base class looks for this name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Say nothing: whoever crawls has a log of its own."""


def _unknown(host: str) -> Answer:
    known = f"{host or 'a request without a host'}: not served here\n"
    return Answer(502, (("Content-Type", "text/plain; charset=utf-8"),), known.encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a connection that a client keeps open must not keep us

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no error of the server's."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def serving(sites: Mapping[str, Site]) -> Iterator[str]:
    """Serve the sites while the block runs; gives the address to use as `http_proxy`."""
    handler = type("_Serving", (_Handler,), {"sites": sites})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), name="demo-portals", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
