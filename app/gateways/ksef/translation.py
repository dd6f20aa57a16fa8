"""Answers and failures of the `ksef-client` package → our shapes and sentences."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from ksef_client.exceptions import KsefHttpError
from ksef_client.utils.datetime_parsing import try_parse_api_datetime

from app.gateways.ksef.errors import Gone, KsefError, Malformed, NotAuthorised, Refused, TooMany, Unreachable

T = TypeVar("T")

OUTAGE_PAUSE_S = 60.0
"""When KSeF does not say how long."""
_NONSENSE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What reading an answer of a wrong shape raises inside `ksef-client`."""
_LONGEST = 300


def translated(work: Callable[[], T]) -> T:
    """Does `work`; whatever goes wrong with KSeF in it comes out as a `KsefError`."""
    try:
        return work()
    except KsefError:
        raise
    except KsefHttpError as error:
        raise failure(error) from None
    except _NONSENSE as error:
        raise malformed(type(error).__name__) from None


def malformed(what: str) -> Malformed:
    message = f"KSeF odpowiedział w sposób, którego program nie rozumie ({what}). Nic nie zostało zmienione; spróbujemy"
    return Malformed(f"{message} ponownie.", retry_after_s=OUTAGE_PAUSE_S)


def failure(error: KsefHttpError) -> KsefError:
    """The exception for an HTTP answer that is no success, or for no answer at all (status 0)."""
    status = error.status_code
    if status == 0:
        return Unreachable(
            "KSeF nie odpowiada. Nic nie przepadło; spróbujemy ponownie za chwilę.", retry_after_s=OUTAGE_PAUSE_S
        )
    if status >= 500:
        pause = retry_after(error) or OUTAGE_PAUSE_S
        return Unreachable(
            f"KSeF ma awarię lub przerwę (HTTP {status}). Nic nie przepadło; spróbujemy ponownie.", retry_after_s=pause
        )
    if status == 429:
        pause = retry_after(error) or OUTAGE_PAUSE_S
        return TooMany(
            f"KSeF prosi, by odczekać {pause:.0f} s: przekroczono limit zapytań.", code=429, retry_after_s=pause
        )
    if status < 400:
        return malformed(f"HTTP {status}")
    code, text = problem(error.response_body)
    said = f" KSeF podał: {text} ({code})." if text else ""
    if status == 401:
        return NotAuthorised(f"KSeF nie przyjął logowania: sesja wygasła albo została unieważniona.{said}", code=code)
    if status == 403:
        return NotAuthorised(f"Token lub certyfikat nie ma w KSeF uprawnienia do tej czynności.{said}", code=code)
    if status in (404, 410):
        return Gone(f"W KSeF nie ma już tego, o co pytamy.{said}", code=code)
    return Refused(f"KSeF odrzucił żądanie (HTTP {status}).{said}", code=code)


def retry_after(error: KsefHttpError) -> float | None:
    """Seconds, as long as KSeF says (the package itself cuts it at five minutes)."""
    raw = (error.retry_after_raw or "").strip()
    if raw.isdigit():
        return float(raw)
    try:
        until = parsedate_to_datetime(raw)
    except (TypeError, ValueError, IndexError):
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def problem(body: Any) -> tuple[int | None, str]:
    """(code, text) of a refusal's body, whichever of KSeF's two shapes it has."""
    if not isinstance(body, dict):
        return None, ""
    details = (
        (body.get("exception") or {}).get("exceptionDetailList") if isinstance(body.get("exception"), dict) else None
    )
    if isinstance(details, list) and details and isinstance(details[0], dict):
        return _code(details[0].get("exceptionCode")), _text(details[0].get("exceptionDescription"))
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return _code(errors[0].get("code")), _text(errors[0].get("description"))
    return _code(body.get("reasonCode")), _text(body.get("detail") or body.get("title"))


def _code(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def instant(value: str | None) -> datetime | None:
    """An aware instant in UTC; None when there is none or it cannot be read."""
    found = try_parse_api_datetime(value) if value else None
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def needed(value: str | None, what: str) -> datetime:
    """The same when it must be there. Raises `Malformed`."""
    found = instant(value)
    if found is None:
        raise malformed(what)
    return found


def digest(text: str | None) -> bytes:
    """A SHA-256 from base64. Raises `Malformed`."""
    try:
        raw = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise malformed("skrót")
    return raw


def base64_text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def api_time(moment: datetime) -> str:
    """As KSeF takes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
