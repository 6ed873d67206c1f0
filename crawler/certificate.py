"""What a server's certificate says of itself, for the visit's provenance."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.hashes import SHA256
from scrapy.http import Response


def facts(response: Response) -> Mapping[str, str] | None:
    """Subject, issuer, dates (ISO 8601) and hash of the certificate an answer came under; None on plain http."""
    if response.certificate is None:
        return None
    certificate = response.certificate.original.to_cryptography()
    found = {"sha256": certificate.fingerprint(SHA256()).hex()}
    try:
        found |= {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "not_before": certificate.not_valid_before_utc.isoformat(),
            "not_after": certificate.not_valid_after_utc.isoformat(),
        }
    except ValueError as error:  # home-made certificates break the rules; the hash still tells which it was
        found["malformed"] = str(error)
    return found
