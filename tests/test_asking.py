"""Asking over `requests`, as `probe`, `doctor` and `verify --refetch` do: into nothing private, nothing without end."""

from __future__ import annotations

import gzip
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.asking import Asker
from crawler.probe import ProbeError, probe
from tests.fault_list import endless_body, endless_head, slow_body, slow_head
from tests.fault_server import Answer, FaultServer, Host, Talk, faults, head, page, raw

WORDS = "<title>安禾县人民政府</title><p>安禾县2022年政府信息公开工作年度报告</p>".encode()
NAMES = {
    "both.example": ("10.1.2.3", "{open}"),
    "inside.example": ("10.1.2.3",),
    "loop.example": ("{open}",),
    "www.anhe.example": ("{open}",),
}
GRANTED = "127.3.0.0/16"  # where the server is
# One address of the server's loopback each, in words that not everybody takes for one.
SPELLED = ("0x7f.3.0.1", "2130903041", "127.196609", "0177.3.0.1", "127.3.1")
LITERAL = (
    "[::ffff:127.3.0.1]", "[::127.3.0.1]", "0", "[::]", "localhost", "127.3.0.1.", "①27.3.0.1", "127。3。0。1",
    "127.3.0.1:{port}\\@www.anhe.example", "127.3.0.1:{port}%5c@www.anhe.example", "www.anhe.example@127.3.0.1",
)  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with faults() as server:
        yield server


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[Host], None]:
    """Has the names lead to a host of the server's, as name servers would."""
    real = socket.getaddrinfo

    def lead(host: Host) -> None:
        def told(name: str, port: int, *more: Any, **further: Any) -> list[Any]:
            addresses = [address.format(open=host.address) for address in NAMES.get(name, (name,))]
            return [found for address in addresses for found in real(address, port, *more, **further)]

        monkeypatch.setattr(socket, "getaddrinfo", told)

    return lead


@pytest.fixture
def asker() -> Iterator[Asker]:
    one = Asker("gongkai/test", pause=0, whole=1.0, private=[GRANTED])
    yield one
    one.close()


# ---------------------------------------------------------------- where a name leads


def test_a_name_is_judged_at_every_connection(server: FaultServer, named: Callable[[Host], None], asker: Asker) -> None:
    host = server.host({"/": page(WORDS)})
    named(host)
    came = {name: asker.get(f"http://{name}:{host.port}/") for name in NAMES}
    assert {name: (answer.outcome, answer.body) for name, answer in came.items()} == {
        "both.example": ("fetched", WORDS),  # by the address that is not inside
        "inside.example": ("private", b""),
        "loop.example": ("fetched", WORDS),
        "www.anhe.example": ("fetched", WORDS),
    }
    assert came["inside.example"].error == "inside.example leads to 10.1.2.3, inside a private network"
    assert len(host.asked) == 3


def test_nothing_private_is_granted_unless_it_is_said(server: FaultServer, named: Callable[[Host], None]) -> None:
    host = server.host({"/": page(WORDS)})
    named(host)
    asker = Asker("gongkai/test", pause=0)
    assert asker.get(f"http://loop.example:{host.port}/").outcome == "private"
    assert asker.get(f"https://loop.example:{host.port}/", relaxed=True).outcome == "private"
    assert asker.get(f"{host.url}/").outcome == "fetched"  # the address itself was asked for
    asker.close()
    assert len(host.asked) == 1


def test_a_name_that_leads_inside_the_second_time_is_not_followed(
    server: FaultServer, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged is what is connected to: nobody looks the name up again in between."""
    host = server.host({"/": raw(head("200 OK", "Connection: close", f"Content-Length: {len(WORDS)}"), WORDS)})
    real, asked = socket.getaddrinfo, []

    def rebinds(name: str, port: int, *more: Any, **further: Any) -> list[Any]:
        if name == "www.anhe.example":
            asked.append(name)
            name = host.address if len(asked) == 1 else "192.168.0.1"
        return real(name, port, *more, **further)

    monkeypatch.setattr(socket, "getaddrinfo", rebinds)
    url = f"http://www.anhe.example:{host.port}/"
    assert [asker.get(url).outcome for _ in range(2)] == ["fetched", "private"]
    assert len(asked) == 2  # once for each


@pytest.mark.parametrize("spelled", SPELLED)
def test_loopback_is_known_in_any_spelling(server: FaultServer, spelled: str) -> None:
    host = server.host({"/": page(WORDS)})
    asker = Asker("gongkai/test", pause=0)
    assert asker.get(f"http://{spelled}:{host.port}/").outcome in {"private", "failed"}
    asker.close()
    assert not host.asked


@pytest.mark.parametrize("spelled", [*SPELLED, *LITERAL, "127.3.0.1", "inside.example"])
@pytest.mark.parametrize("how", ["302", "refresh", "script"])
def test_a_probe_is_sent_nowhere_else(
    server: FaultServer, named: Callable[[Host], None], spelled: str, how: str
) -> None:
    inside = server.host({"*": page(WORDS)})
    to = f"http://{spelled.format(port=inside.port)}:{inside.port}/"
    sends = {
        "302": raw(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()),
        "refresh": page(f'<meta http-equiv="refresh" content="0;url={to}">'.encode()),
        "script": page(f'<script>location.href="{to}"</script>'.encode()),
    }
    host = server.host({"/": sends[how]})
    named(host)
    with pytest.raises(ProbeError):
        probe(f"http://www.anhe.example:{host.port}/", "gongkai/test", pause=0, private=[GRANTED])
    assert host.asked == ["/robots.txt", "/"]
    assert not inside.asked


# ---------------------------------------------------------------- without end


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (slow_head, "timeout"),
        (slow_body, "timeout"),
        (lambda talk: talk.slowly(head("200 OK", "Connection: close") + WORDS * 9), "timeout"),  # as if it were whole
        (endless_body, "too_large"),
        (endless_head, "too_large"),
        (page(WORDS, "200 OK", f"X-Long: {'a' * 70_000}"), "too_large"),
        (page(gzip.compress(b"0" * (200 << 20), 1), "200 OK", "Content-Encoding: gzip"), "too_large"),
        (lambda talk: talk.say(b"220 ftp.anhe.example ready\r\n\r\n"), "failed"),
        (page(WORDS), "fetched"),
    ],
    ids=["head", "body", "no length", "endless", "headers", "a header", "bomb", "no HTTP", "a page"],
)
def test_an_answer_has_its_limits(server: FaultServer, asker: Asker, answer: Answer, outcome: str) -> None:
    host = server.host({"/": answer})
    began = time.monotonic()
    came = asker.get(f"{host.url}/")
    assert (came.outcome, came.body) == (outcome, WORDS if outcome == "fetched" else b"")
    assert time.monotonic() - began < 5


def test_the_next_answer_has_its_time_again(server: FaultServer, asker: Asker) -> None:
    host = server.host({"/slow": slow_body, "/": page(WORDS)})
    assert [asker.get(host.url + path).outcome for path in ("/", "/slow", "/", "/slow", "/")] == [
        "fetched", "timeout", "fetched", "timeout", "fetched",
    ]  # fmt: skip


# ---------------------------------------------------------------- what is sent


def heads(host: Host) -> tuple[list[str], Answer]:
    """The heads of requests as they came, and the answer that notes them."""
    seen: list[str] = []

    def answer(talk: Talk) -> None:
        seen.append(talk.asked.lower())
        number = len(seen)
        talk.say(head("200 OK", f"Set-Cookie: c{number}={'x' * 1000}", f"Content-Length: {len(WORDS)}"), WORDS)

    host.pages["*"] = answer
    return seen, answer


def test_cookies_are_sent_back_until_they_are_too_large(server: FaultServer, asker: Asker) -> None:
    host = server.host({})
    seen, _ = heads(host)
    for _ in range(9):
        assert asker.get(f"{host.url}/").outcome == "fetched"
    sent = [re.findall(r"c\d=(x+)", asked) for asked in seen]
    sizes = [sum(map(len, values)) for values in sent]
    assert sizes == [0, 1000, 2000, 3000, 4000, 0, 1000, 2000, 3000]


def test_no_password_of_the_operators_is_sent(
    server: FaultServer, asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / ".netrc"
    secrets.write_text("default login gongkai password secret\n")
    secrets.chmod(0o600)
    monkeypatch.setenv("NETRC", str(secrets))
    host = server.host({})
    seen, _ = heads(host)
    asker.get(f"{host.url}/")
    assert len(seen) == 1
    assert "authorization" not in seen[0]
