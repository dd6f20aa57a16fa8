"""What KSeF may answer instead of what was asked for: Polish sentences that say what to do. Never a secret in them."""

from __future__ import annotations

from app.kernel.errors import Refusal


class KsefError(Refusal):
    """`code`: KSeF's own number when it gave one; `retry_after_s`: after how many seconds it makes sense to try again,
    None when trying again the same way is no use."""

    def __init__(self, message: str, *, code: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, "ksef")
        self.code = code
        self.retry_after_s = retry_after_s


class Unreachable(KsefError):
    """An outage, a timeout, a broken connection. Whether the request arrived is not known."""


class TooMany(KsefError):
    """A limit: KSeF's (HTTP 429) or our own guard before it. Always with `retry_after_s`."""


class NotAuthorised(KsefError):
    """The token or certificate is not (or no longer) good, or has no right to this."""


class Refused(KsefError):
    """KSeF understood the request and refused it (HTTP 4xx, or an operation that ended with an error)."""


class Gone(KsefError):
    """What was asked for does not exist any more: an expired package, part or session."""


class Malformed(KsefError):
    """An answer that does not keep to the protocol: not JSON, a wrong hash, a missing part, a truncated archive."""
