"""A page as a browser draws it. The browser has no network: all that a page asks for is asked for by who has it drawn.

So whatever holds for a crawl holds for a page's scripts too: whose hosts, robots.txt, pauses, sizes, and every exchange
a visit. Needs the extra `browser` (playwright) and a Chromium of the system.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from pipelines.records import Ask, Headers

if TYPE_CHECKING:  # an extra: loaded when a page is drawn
    from playwright.async_api import Page, Playwright, Route

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The rules and the proxy, at which nobody listens, are two ways to say that nothing leaves the browser.
_ALONE = ("--host-resolver-rules=MAP * ~NOTFOUND", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp")
_NOWHERE = "http://0.0.0.0:9"
_GIVEN = frozenset({"script", "xhr", "fetch"})  # pictures, fonts and styles have no words
_METHODS: dict[str, Literal["GET", "POST"]] = {"GET": "GET", "POST": "POST"}
_UNSENT = ("user-agent", "cookie", "host", "accept-encoding", "content-length", "upgrade-insecure-requests", "sec-")
_UNSAID = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie", "refresh"})
_QUIET = 1.0  # seconds in which a page asks for nothing, after which it is drawn
_MOST = 60  # requests of one page, its turns included
_TURNS = 30  # pages of one list
_LONG = 2000  # characters of an address
_SHOWN = 30  # addresses not given that are named
_SIZE = 16 << 20  # characters of a drawn page
_LOOK = 0.05  # seconds between two looks
# Press what leads to the next page of a list, where that is no link to another address: by its words, else by the class
# it has in Element UI, else by an arrow; the innermost of what stands around the same words.
_NEXT = """() => {
  const all = [...document.querySelectorAll('a, button, li, span, input')].filter(e =>
    /^(#.*|javascript:.*)?$/i.test(e.getAttribute('href') || ''));
  const words = e => (e.textContent || e.value || '').trim();
  const named = [
    ...all.filter(e => /^(下一?页|后一?页)[>›»]*$/.test(words(e))),
    ...all.filter(e => e.classList.contains('btn-next')),
    ...all.filter(e => /^[>›»]$/.test(words(e)) && /^(A|BUTTON)$/.test(e.tagName)),
  ];
  const next = named.find(e => !named.some(other => other !== e && e.contains(other)));
  if (!next || next.closest('[disabled], [aria-disabled=true], [class*=disabled]')) return false;
  next.click();
  return true;
}"""
# What tells one page of a list from another; the rest may hold a clock.
_LINKS = "[...document.links].map(link => link.href + ' ' + link.textContent).join()"


class NoBrowser(Exception):  # noqa: N818  # it names the state, as `HostLeft` does
    """Raised by `find` and `draw` where there is no browser to draw with; says what to do."""


class Undrawn(Exception):  # noqa: N818  # as above
    """Raised by `draw` for a page that cannot be drawn: it hangs, breaks the browser or grows without end."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a page gets."""

    status: int
    headers: Headers
    body: bytes


# What a page asks for, and whether that is a script: what it gets, or why it does not.
Fetch = Callable[[Ask, bool], Awaitable[Given | str]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page once its scripts have run, and its further pages that a press of 下一页 brought."""

    pages: tuple[str, ...]
    browser: str  # name and version
    refused: dict[str, str]  # addresses it asked for in vain, with the reason
    finished: bool  # False: its scripts were still at work, or there are more pages


@dataclass  # without slots: playwright hangs an attribute of its own on what it calls
class _Traffic:
    """What a page asks for while it is drawn."""

    page: Given
    fetch: Fetch
    patience: float
    begun: bool = False
    asked: int = 0
    under_way: int = 0
    last: float = field(default_factory=monotonic)
    refused: dict[str, str] = field(default_factory=dict)

    async def route(self, route: Route) -> None:
        from playwright.async_api import Error  # noqa: PLC0415  # an extra

        self.under_way += 1
        try:
            given = await self._answer(route)
            if isinstance(given, Given):
                headers = {name: value for name, value in given.headers if name.lower() not in _UNSAID}
                await route.fulfill(status=given.status, headers=headers, body=given.body)
            else:
                self._refuse(route.request.url, given)
                await route.abort("aborted")  # any other reason puts an error page in the place of the page
        except Error as error:  # the page is gone, and an error raised here takes the whole browser along
            self._refuse(route.request.url, _first(error))
        finally:
            self.under_way -= 1
            self.last = monotonic()

    def _refuse(self, url: str, why: str) -> None:
        if len(self.refused) < _SHOWN:
            self.refused.setdefault(url[:_LONG], why)

    async def _answer(self, route: Route) -> Given | str:
        request = route.request
        if request.is_navigation_request():
            if self.begun:
                return "leads away from the page, or into a frame of it"
            self.begun = True
            return self.page
        if request.resource_type not in _GIVEN:
            return f"is not needed for its words: {request.resource_type}"
        if request.method not in _METHODS:
            return f"only GET and POST are sent, not {request.method}"
        if len(request.url) > _LONG:
            return f"an address of {len(request.url)} characters"
        if self.asked >= _MOST:
            return f"more than {_MOST} requests"
        self.asked += 1
        ask = Ask(
            request.url,
            _METHODS[request.method],
            (request.post_data_buffer or b"").decode("utf-8", "replace"),
            tuple((name, value) for name, value in request.headers.items() if not name.startswith(_UNSENT)),
        )
        return await self.fetch(ask, request.resource_type == "script")

    async def ask(self, tab: Page, script: str) -> Any:
        """What a script of ours says in the page."""
        async with asyncio.timeout(self.patience):
            return await tab.evaluate(script)

    async def settle(self, tab: Page) -> bool:
        """Wait until the page asks for nothing more; whether it came to that."""
        idle, self.last = 0.0, monotonic()
        while idle < self.patience:
            await asyncio.sleep(_LOOK)
            if self.under_way:
                continue
            idle += _LOOK
            last = self.last
            if monotonic() - last >= _QUIET:
                await self.ask(tab, "0")  # answered once no script is at work
                await asyncio.sleep(_LOOK)
                if not self.under_way and self.last == last:
                    return True
        return False


def find() -> str:
    """The system's Chromium."""
    try:
        import playwright  # noqa: F401, PLC0415  # an extra: is it there?
    except ImportError as error:
        raise NoBrowser("the extra is not installed: pip install 'gongkai[browser]'") from error
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    raise NoBrowser(f"no Chromium on the path ({', '.join(_NAMES)}): install the system's package chromium")


async def draw(url: str, page: Given, fetch: Fetch, agent: str, patience: float, *, turn: bool = False) -> Drawn:
    """Draw a page that came as `page`, in a browser of its own, which keeps nothing; `turn`: it is a list, with pages.

    `patience`: seconds its scripts may go on, the time not counted in which they wait for `fetch`.
    """
    path = find()
    from playwright.async_api import Error, async_playwright  # noqa: PLC0415  # as above

    traffic = _Traffic(page, fetch, patience)
    try:
        async with async_playwright() as playwright:
            return await _drawn(playwright, path, url, agent, traffic, turn=turn)
    except TimeoutError as error:
        raise Undrawn(f"hangs: no word from the page for {patience:g} seconds") from error
    except Error as error:
        raise Undrawn(_first(error)) from error


async def _drawn(playwright: Playwright, path: str, url: str, agent: str, traffic: _Traffic, *, turn: bool) -> Drawn:
    from playwright.async_api import Error  # noqa: PLC0415  # as above

    try:
        browser = await playwright.chromium.launch(
            executable_path=path,
            chromium_sandbox=os.geteuid() != 0,  # Chromium cannot have one as root
            proxy={"server": _NOWHERE},
            args=_ALONE,
            handle_sigint=False,  # the crawl stops in order
            handle_sigterm=False,
        )
    except Error as error:
        raise NoBrowser(f"{path} does not start: {_first(error)}") from error
    try:
        context = await browser.new_context(user_agent=agent, accept_downloads=False, service_workers="block")
        await context.route("**/*", traffic.route)
        tab = await context.new_page()
        async with asyncio.timeout(traffic.patience):
            await tab.goto(url, wait_until="commit")
        finished = await traffic.settle(tab)
        pages = {await traffic.ask(tab, _LINKS): await _content(tab, traffic)}
        while turn and finished and await traffic.ask(tab, _NEXT):
            finished = await traffic.settle(tab)
            links = await traffic.ask(tab, _LINKS)
            if links in pages:
                break
            if len(pages) == _TURNS:
                finished = False
                break
            pages[links] = await _content(tab, traffic)
        return Drawn(tuple(pages.values()), f"Chromium {browser.version}", traffic.refused, finished)
    finally:
        await browser.close()


async def _content(tab: Page, traffic: _Traffic) -> str:
    size = await traffic.ask(tab, "document.documentElement.outerHTML.length")
    if size > _SIZE:
        raise Undrawn(f"{size} characters once it is drawn, more than {_SIZE}")
    async with asyncio.timeout(traffic.patience):
        return await tab.content()


def _first(error: Exception) -> str:
    """The first line of an error; playwright adds a call log."""
    return str(error).partition("\n")[0]
