"""Names that lead to loopback, as a resolver of Twisted's answers them; other names lead nowhere."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

LEADS = {
    "both.example": ("::1", "127.0.0.1"),
    "four.example": ("127.0.0.1",),
    "loop.example": ("127.0.0.2",),
    "inside.example": ("10.1.2.3",),
    "mapped.example": ("::ffff:10.1.2.3",),
}


@implementer(IHostnameResolver)
class Names:
    """Set by TWISTED_DNS_RESOLVER in the place of Scrapy's."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Names:
        return cls(reactor)

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(self, receiver, hostName, portNumber=0, addressTypes=None, transportSemantics="TCP"):  # noqa: N802, N803  # Twisted's names
        receiver.resolutionBegan(self)
        for host in LEADS.get(hostName, (hostName,) if hostName[0].isdigit() else ()):
            kind = IPv6Address if ":" in host else IPv4Address
            if addressTypes is None or kind in addressTypes:
                receiver.addressResolved(kind("TCP", host, portNumber))
        receiver.resolutionComplete()
        return self
