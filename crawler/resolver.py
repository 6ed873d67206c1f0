"""From a name to addresses: both kinds of IP, each name once, and no way into private networks.

A page may name a host, and a name may be made to lead anywhere: what it leads to is judged here, at every connection.
An address or `localhost` is asked for only where a portal file says so itself, and is not judged.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]  # ships no types

_Network = IPv4Network | IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # the rest has translated, mapped and retired addresses that lead inside


class PrivateAddress(IgnoreRequest):
    """Raised by the download handler for a name that leads into a private network."""


def is_public(text: str, granted: Iterable[_Network] = ()) -> bool:
    """Whether an IP address is one of the open Internet, or of a network that was granted."""
    address: IPv4Address | IPv6Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        address = address.ipv4_mapped or address.sixtofour or nat64 or address
    is_open = address.is_global and not address.is_multicast and (address.version == 4 or address in _UNICAST)
    return is_open or any(address in network for network in granted)


class Grants:
    """What a name may lead to."""

    def __init__(self, granted: Iterable[str]) -> None:
        self._granted = [ipaddress.ip_network(network) for network in granted]
        # A proxy is the operator's own, wherever it stands.
        self._own = {"localhost", *(urlsplit(proxy).hostname for proxy in getproxies().values() if "://" in proxy)}

    def lets(self, name: str, address: str) -> bool:
        """Whether a name may lead to an address: an address that is its own name was asked for as such."""
        return name == address or name in self._own or is_public(address, self._granted)


@implementer(IResolutionReceiver)
class _Gate:
    """Lets public addresses through. What Twisted's interfaces describe is Any here: their stubs have no `self`."""

    def __init__(self, receiver: Any, name: str, resolver: Resolver, key: tuple[Any, ...]) -> None:
        self.receiver = receiver
        self.name = name
        self.resolver = resolver
        self.key = key
        self.passed: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  # Twisted's name, as below
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if not self.resolver.grants.lets(self.name, address.host):
            self.resolver.refused[self.name] = address.host
            return
        self.passed.append(address)
        self.receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        if self.passed:
            self.resolver.known[self.key] = self.passed
        self.receiver.resolutionComplete()


@implementer(IHostnameResolver)
class Resolver:
    """Stands before the resolver of the reactor. Names are those of portals: what is remembered stays small."""

    def __init__(self, reactor: Any, granted: Iterable[str]) -> None:
        self.reactor = reactor
        self.behind = reactor.nameResolver
        self.grants = Grants(granted)
        self.known: dict[tuple[Any, ...], list[Any]] = {}
        self.refused: dict[str, str] = {}  # the private address a name led to

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        return cls(reactor, crawler.settings.getlist("GONGKAI_PRIVATE"))

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    @classmethod
    def before(cls, reactor: Any, crawler: Crawler) -> Resolver:
        """The one before a reactor's own; put there where it is not, as in crawls that Scrapy's runner makes."""
        if not isinstance(reactor.nameResolver, Resolver):
            cls.from_crawler(crawler, reactor).install_on_reactor()
        resolver: Resolver = reactor.nameResolver
        return resolver

    def resolveHostName(  # noqa: N802  # Twisted's name, as those of its arguments
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        key = (hostName, portNumber, tuple(addressTypes or ()))
        if key not in self.known:
            gate = _Gate(resolutionReceiver, hostName, self, key)
            return self.behind.resolveHostName(gate, hostName, portNumber, addressTypes, transportSemantics)
        resolution = _Remembered(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        for address in self.known[key]:
            resolutionReceiver.addressResolved(address)
        resolutionReceiver.resolutionComplete()
        return resolution


@implementer(IHostResolution)
class _Remembered:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """It is over before anybody could."""
