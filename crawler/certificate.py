"""What is known of the TLS an answer came under, for the visit's provenance."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy.http import Response


def facts(response: Response) -> Iterator[tuple[str, str]]:
    """Subject, issuer, dates (ISO 8601) and hash of the certificate an answer came under; nothing on plain http."""
    if response.certificate is None:
        return
    as_sent = response.certificate.original
    yield "sha256", as_sent.digest("sha256").decode().replace(":", "").lower()
    try:
        certificate = as_sent.to_cryptography()
        yield "subject", certificate.subject.rfc4514_string()
        yield "issuer", certificate.issuer.rfc4514_string()
        yield "not_before", certificate.not_valid_before_utc.isoformat()
        yield "not_after", certificate.not_valid_after_utc.isoformat()
    except ValueError as error:  # home-made certificates break the rules; the hash still tells which it was
        yield "malformed", str(error)
