"""The gateway on the `ksef-client` package: one log-in, tokens renewed before they end, every call counted first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Self, TypeVar

from ksef_client.client import KsefClient
from ksef_client.clients.security import _select_public_key_certificate as select_certificate
from ksef_client.config import KsefClientOptions
from ksef_client.models import EncryptionInfo, PublicKeyCertificateUsage
from ksef_client.openapi_models import (
    InvoiceExportRequest,
    InvoiceQueryDateRange,
    InvoiceQueryDateType,
    InvoiceQueryFilters,
    InvoiceQuerySubjectType,
    PersonDetails,
    PersonPermissionSubjectDetails,
    PersonPermissionSubjectDetailsType,
    SubunitPermissionsContextIdentifier,
    SubunitPermissionsContextIdentifierType,
    SubunitPermissionsGrantRequest,
    SubunitPermissionsQueryRequest,
    SubunitPermissionsSubjectIdentifier,
    SubunitPermissionsSubjectIdentifierType,
    SubunitPermissionsSubunitIdentifier,
    SubunitPermissionsSubunitIdentifierType,
)
from ksef_client.services.auth import build_ksef_token_auth_request, encrypt_ksef_token
from ksef_client.services.crypto import encrypt_rsa_oaep

from app.gateways.ksef import packages, sending
from app.gateways.ksef.contract import (
    Access,
    Administrator,
    Answer,
    ByCertificate,
    ByToken,
    Group,
    Header,
    Limiter,
    Outgoing,
    Package,
    Page,
    Reference,
    Sealing,
    Window,
)
from app.gateways.ksef.errors import NotAuthorised, Refused, Unreachable
from app.gateways.ksef.signing import signed_request
from app.gateways.ksef.translation import api_time, base64_text, digest, instant, malformed, needed, translated

T = TypeVar("T")

logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes whole addresses, signed ones too

TIMEOUT_S = 30.0
PAGE = 250
_SPARE = timedelta(minutes=2)
"""A token that ends so soon is renewed first."""
_AHEAD = timedelta(minutes=5)
"""KSeF's instants may be so much later than its own clock was when we logged in; more is no answer to build on."""
_LOGIN_PAUSES_S = (0.2, 0.5, 1, 2, 4, 8, 8)
_OPERATION_PAUSES_S = (0.2, 0.5, 1, 2, 4)
_IN_PROGRESS, _DONE, _EXPIRED = 100, 200, 210


def _now() -> datetime:
    return datetime.now(UTC)


def connect(
    access: Access, *, limiter: Limiter, now: Callable[[], datetime] = _now, timeout_s: float = TIMEOUT_S
) -> Ksef:
    """A gateway for one context; it logs in at its first call. Use it in a `with` block."""
    return Ksef(access, limiter, now, timeout_s)


class Ksef:
    """Implements `contract.Gateway`. Not for several threads at once."""

    def __init__(self, access: Access, limiter: Limiter, now: Callable[[], datetime], timeout_s: float) -> None:
        self.client = KsefClient(KsefClientOptions(base_url=access.base_url, timeout_seconds=timeout_s))
        self._base = KsefClientOptions(base_url=access.base_url).normalized_base_url().rstrip("/") + "/"
        self._access, self._limiter, self._now = access, limiter, now
        self._certificates: list[Any] = []
        self._tokens: Any = None
        self._skew: timedelta | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.client.close()

    @property
    def skew(self) -> timedelta | None:
        return self._skew

    # --- who we are ---------------------------------------------------------------------------------------------

    def log_in(self) -> None:
        if self._tokens is None:
            self._tokens = translated(self._new_session)
        elif self._ends_soon(self._tokens.access_token):
            self._refresh()

    def _refresh(self) -> None:
        """By the refresh token while it lasts, else anew."""
        if not self._ends_soon(self._tokens.refresh_token):
            try:
                fresh = translated(lambda: self.client.auth.refresh_access_token(self._tokens.refresh_token.token))
                self._tokens = replace(self._tokens, access_token=fresh.access_token)
                return
            except NotAuthorised:
                pass
        self._tokens = translated(self._new_session)

    def _ends_soon(self, token: Any) -> bool:
        ends = instant(token.valid_until)
        return ends is None or ends - (self._now() + (self._skew or timedelta())) < _SPARE

    def _new_session(self) -> Any:
        auth, access = self.client.auth, self._access
        self._limiter.take("other")
        challenge = auth.get_challenge()
        self._skew = needed(challenge.timestamp, "wyzwanie") - self._now()
        kind = "InternalId" if "-" in access.context else "Nip"
        if isinstance(access.secret, ByToken):
            certificate = self.certificate(PublicKeyCertificateUsage.KSEFTOKENENCRYPTION)
            sealed = encrypt_ksef_token(
                public_certificate=certificate.certificate,
                token=access.secret.value,
                timestamp_ms=challenge.timestamp_ms,
            )
            started: Any = auth.submit_ksef_token_auth(
                build_ksef_token_auth_request(
                    challenge=challenge.challenge, context_identifier_type=kind,
                    context_identifier_value=access.context,
                    encrypted_token_base64=sealed, public_key_id=certificate.public_key_id,
                )
            )  # fmt: skip
        else:
            assert isinstance(access.secret, ByCertificate)
            signed = signed_request(challenge.challenge, kind, access.context, access.secret)
            started = auth.submit_xades_auth_request(signed)
        if started is None or not started.reference_number:
            raise malformed("logowanie")
        pass_token = started.authentication_token.token
        for pause in _LOGIN_PAUSES_S:
            status = auth.get_auth_status(started.reference_number, pass_token).status
            if status.code == _DONE:
                return auth.redeem_token(pass_token)
            if status.code != _IN_PROGRESS:
                raise NotAuthorised(
                    f"KSeF nie przyjął logowania: {status.description} ({status.code}). Sprawdź token lub certyfikat"
                    " i uprawnienia, a potem połącz miasto ponownie.", code=status.code,
                )  # fmt: skip
            time.sleep(pause)
        raise Unreachable("KSeF zbyt długo sprawdza logowanie. Spróbujemy ponownie za chwilę.", retry_after_s=60)

    def certificate(self, usage: PublicKeyCertificateUsage) -> Any:
        """KSeF's own certificate for encrypting to it."""
        if not self._certificates:
            self._certificates = self.client.security.get_public_key_certificates()
        now = self._now() + (self._skew or timedelta())
        try:
            return select_certificate(self._certificates, usage, now=now)
        except ValueError:
            raise malformed("brak ważnego certyfikatu klucza publicznego; sprawdź zegar tego komputera") from None

    def call(self, group: Group, work: Callable[[str], T]) -> T:
        """One call with a valid access token, counted first; a session that ended meanwhile is renewed once."""
        self.log_in()
        self._limiter.take(group)
        try:
            return translated(lambda: work(self._tokens.access_token.token))
        except NotAuthorised as refusal:
            if "wygasła" not in refusal.message:
                raise
        self._tokens = translated(self._new_session)
        self._limiter.take(group)
        return translated(lambda: work(self._tokens.access_token.token))

    def fetch_url(self, method: str, url: str, data: bytes | None = None, headers: Any = None) -> bytes:
        """A signed address from an answer: on KSeF's own host as a path, elsewhere only what the package allows.

        Such an address ends soon, and a refusal there says nothing of who we are: KSeF is asked for a new one.
        """
        path = url.removeprefix(self._base)
        try:
            response = translated(
                lambda: self.client.http_client.request(method, path, data=data, headers=headers, skip_auth=True)
            )
        except NotAuthorised:
            raise Unreachable(
                "Adres pliku w KSeF stracił ważność. Nic nie przepadło; poprosimy o nowy.", retry_after_s=60
            ) from None
        content: bytes = response.content
        return content

    # --- what KSeF has ------------------------------------------------------------------------------------------

    def limits(self) -> dict[str, Any]:
        rates = self.call("other", lambda token: self.client.rate_limits.get_rate_limits(token))
        sessions = self.call("other", lambda token: self.client.limits.get_context_limits(token))
        return translated(lambda: {"rates": rates.to_dict(), "sessions": sessions.to_dict()})

    def metadata(self, window: Window, page: int = 0) -> Page:
        found = self.call(
            "metadata",
            lambda token: self.client.invoices.query_invoice_metadata(
                _filters(window), access_token=token, page_offset=page, page_size=PAGE, sort_order="Asc"
            ),
        )
        return translated(lambda: _page(found))

    def invoice(self, ksef_number: str) -> bytes:
        answer = self.call(
            "invoice", lambda token: self.client.invoices.get_invoice_bytes(ksef_number, access_token=token)
        )
        content: bytes = answer.content
        if answer.sha256_base64 and digest(answer.sha256_base64) != sha256(content).digest():
            raise malformed("suma kontrolna faktury")
        return content

    def request_export(self, window: Window, sealing: Sealing) -> str:
        certificate = translated(lambda: self.certificate(PublicKeyCertificateUsage.SYMMETRICKEYENCRYPTION))
        request = InvoiceExportRequest(
            encryption=EncryptionInfo(
                encrypted_symmetric_key=base64_text(encrypt_rsa_oaep(certificate.certificate, sealing.key)),
                initialization_vector=base64_text(sealing.iv),
                public_key_id=certificate.public_key_id,
            ),
            filters=_filters(window),
        )
        answer = self.call("export", lambda token: self.client.invoices.export_invoices(request, access_token=token))
        reference: str = answer.reference_number
        if not reference:
            raise malformed("numer eksportu")
        return reference

    def export(self, reference: str) -> Package | None:
        answer = self.call(
            "export_status", lambda token: self.client.invoices.get_export_status(reference, access_token=token)
        )
        status = answer.status
        if status.code == _IN_PROGRESS:
            return None
        if status.code == _EXPIRED:
            raise packages.expired(status.description)
        if status.code != _DONE:
            raise Refused(f"KSeF nie przygotował paczki: {status.description} ({status.code}).", code=status.code)
        if answer.package is None:
            raise malformed("gotowa paczka bez opisu")
        latest = self._now() + (self._skew or timedelta()) + _AHEAD
        return translated(lambda: packages.described(answer.package, latest))

    def download(self, package: Package, sealing: Sealing) -> bytes:
        parts = [packages.opened(part, self.fetch_url("GET", part.url), sealing) for part in package.parts]
        return packages.merged(parts, package.count)

    # --- what we send -------------------------------------------------------------------------------------------

    def send(
        self, documents: Sequence[Outgoing], opened: Callable[[str], None] = lambda session: None
    ) -> list[Reference]:
        return sending.send(self, documents, opened)

    def find(self, session: str, sha256: bytes) -> Reference | None:
        return sending.find(self, session, sha256)

    def status(self, reference: Reference) -> Answer:
        return sending.status(self, reference)

    def outcomes(self, references: Sequence[Reference]) -> list[Answer]:
        return sending.outcomes(self, references)

    # --- who may ------------------------------------------------------------------------------------------------

    def grant_unit(self, internal_id: str, name: str, administrator: Administrator) -> bool:
        query = SubunitPermissionsQueryRequest(
            SubunitPermissionsSubunitIdentifier(SubunitPermissionsSubunitIdentifierType.INTERNALID, internal_id)
        )
        known = self.call(
            "permissions", lambda token: self.client.permissions.query_subunits_grants(query, access_token=token)
        )
        if any(one.authorized_identifier.value == administrator.nip for one in known.permissions):
            return False
        request = SubunitPermissionsGrantRequest(
            context_identifier=SubunitPermissionsContextIdentifier(
                SubunitPermissionsContextIdentifierType.INTERNALID, internal_id
            ),
            description=f"Administrator jednostki {name}"[:256],
            subject_details=PersonPermissionSubjectDetails(
                PersonPermissionSubjectDetailsType.PERSONBYIDENTIFIER,
                person_by_id=PersonDetails(administrator.first_name, administrator.last_name),
            ),
            subject_identifier=SubunitPermissionsSubjectIdentifier(
                SubunitPermissionsSubjectIdentifierType.NIP, administrator.nip
            ),
            subunit_name=name[:256],
        )
        begun = self.call(
            "permissions", lambda token: self.client.permissions.grant_subunit(request, access_token=token)
        )
        self._wait_for(begun.reference_number)
        return True

    def _wait_for(self, operation: str) -> None:
        for pause in _OPERATION_PAUSES_S:
            status = self.call(
                "permissions",
                lambda token: self.client.permissions.get_operation_status(operation, access_token=token),
            ).status
            if status.code == _DONE:
                return
            if status.code != _IN_PROGRESS:
                raise Refused(f"KSeF nie nadał uprawnienia: {status.description} ({status.code}).", code=status.code)
            time.sleep(pause)
        raise Unreachable(
            "KSeF jeszcze nie potwierdził nadania uprawnienia. Sprawdź za kilka minut.", retry_after_s=120
        )


def _filters(window: Window) -> InvoiceQueryFilters:
    return InvoiceQueryFilters(
        subject_type=InvoiceQuerySubjectType(window.subject),
        date_range=InvoiceQueryDateRange(
            date_type=InvoiceQueryDateType.PERMANENTSTORAGE,
            from_=api_time(window.from_at),
            to=api_time(window.until_at) if window.until_at else None,
            restrict_to_permanent_storage_hwm_date=True,
        ),
    )


def _page(found: Any) -> Page:
    headers = [
        Header(
            one.ksef_number, one.invoice_number, one.seller.nip, digest(one.invoice_hash),
            needed(one.permanent_storage_date, "data zapisu faktury"),
        )
        for one in found.invoices
    ]  # fmt: skip
    return Page(headers, found.has_more, found.is_truncated, instant(found.permanent_storage_hwm_date))
