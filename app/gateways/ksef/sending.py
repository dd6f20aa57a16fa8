"""Sending documents in sessions, and what became of each; a document keeps its identity however often it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ksef_client.models import PublicKeyCertificateUsage
from ksef_client.openapi_models import FormCode, OpenBatchSessionRequest, OpenOnlineSessionRequest
from ksef_client.services.batch import encrypt_batch_parts
from ksef_client.services.crypto import build_encryption_data, build_send_invoice_request
from ksef_client.utils.zip_utils import build_zip
from lxml import etree

from app.gateways.ksef.contract import ONLINE_MOST, Accepted, Answer, Outgoing, Pending, Reference, Rejected
from app.gateways.ksef.errors import KsefError
from app.gateways.ksef.translation import base64_text, digest, instant, malformed, translated
from app.kernel.errors import Refusal

if TYPE_CHECKING:
    from app.gateways.ksef.client import Ksef

FORM = FormCode(schema_version="1-0E", system_code="FA (3)", value="FA")
DUPLICATE = 440
_UNDER_WAY = (100, 150)
_ACCEPTED = 200
_SESSION_FAILED_FROM = 400


def send(ksef: Ksef, documents: Sequence[Outgoing], opened: Callable[[str], None]) -> list[Reference]:
    """See `contract.Gateway.send`."""
    if not documents:
        raise Refusal("Nie ma czego wysłać do KSeF.", "documents")
    alike = len({one.offline for one in documents}) == 1
    if len(documents) > ONLINE_MOST and alike and not any(one.hash_of_corrected for one in documents):
        return _in_a_batch(ksef, documents, opened)
    return _one_by_one(ksef, documents, opened)


def _sealing(ksef: Ksef) -> Any:
    certificate = ksef.certificate(PublicKeyCertificateUsage.SYMMETRICKEYENCRYPTION)
    return build_encryption_data(certificate.certificate, public_key_id=certificate.public_key_id)


def _one_by_one(ksef: Ksef, documents: Sequence[Outgoing], opened: Callable[[str], None]) -> list[Reference]:
    sealing = translated(lambda: _sealing(ksef))
    request = OpenOnlineSessionRequest(sealing.encryption_info, FORM)
    sessions = ksef.client.sessions
    session = ksef.call(
        "session", lambda token: sessions.open_online_session(request, access_token=token, upo_v43=True)
    ).reference_number
    opened(session)
    references = []
    for one in documents:
        corrected = base64_text(one.hash_of_corrected) if one.hash_of_corrected else None
        body = build_send_invoice_request(
            one.content, sealing.key, sealing.iv, offline_mode=one.offline or None, hash_of_corrected_invoice=corrected
        )
        answer = ksef.call("send", partial(_deliver, sessions, session, body))
        references.append(Reference(session, answer.reference_number, sha256(one.content).digest()))
    ksef.call("session", lambda token: sessions.close_online_session(session, access_token=token))
    return references


def _in_a_batch(ksef: Ksef, documents: Sequence[Outgoing], opened: Callable[[str], None]) -> list[Reference]:
    sealing = translated(lambda: _sealing(ksef))
    hashes = [sha256(one.content).digest() for one in documents]
    files = {
        f"{place:05}-{each.hex()[:16]}.xml": one.content
        for place, (one, each) in enumerate(zip(documents, hashes, strict=True))
    }
    parts, described = encrypt_batch_parts(build_zip(files), sealing.key, sealing.iv)
    request = OpenBatchSessionRequest(described, sealing.encryption_info, FORM, documents[0].offline or None)
    sessions = ksef.client.sessions
    begun = ksef.call("session", lambda token: sessions.open_batch_session(request, access_token=token, upo_v43=True))
    opened(begun.reference_number)
    for upload in begun.part_upload_requests:
        if not 1 <= upload.ordinal_number <= len(parts):
            raise malformed("adres części paczki")
        ksef.fetch_url(upload.method, upload.url, parts[upload.ordinal_number - 1], upload.headers or {})
    ksef.call("session", lambda token: sessions.close_batch_session(begun.reference_number, access_token=token))
    return [Reference(begun.reference_number, None, each) for each in hashes]


def _deliver(sessions: Any, session: str, body: Any, token: str) -> Any:
    return sessions.send_online_invoice(session, body, access_token=token)


def _listed(sessions: Any, session: str, after: str | None, token: str) -> Any:
    return sessions.get_session_invoices(session, page_size=250, continuation_token=after, access_token=token)


def _documents(ksef: Ksef, session: str) -> Iterator[Any]:
    """Everything in a session, as KSeF lists it."""
    token_of_page: str | None = None
    while True:
        page = ksef.call("status", partial(_listed, ksef.client.sessions, session, token_of_page))
        yield from page.invoices
        token_of_page = page.continuation_token
        if not token_of_page:
            return


def find(ksef: Ksef, session: str, sha256: bytes) -> Reference | None:
    """See `contract.Gateway.find`."""
    found = (one for one in _documents(ksef, session) if digest(one.invoice_hash) == sha256)
    one = next(found, None)
    return None if one is None else Reference(session, one.reference_number, sha256)


def outcomes(ksef: Ksef, references: Sequence[Reference]) -> list[Answer]:
    """See `contract.Gateway.outcomes`."""
    listed: dict[tuple[str, bytes], Any] = {}
    absent: dict[str, Answer] = {}
    for session in dict.fromkeys(reference.session for reference in references):
        for one in _documents(ksef, session):
            listed[session, digest(one.invoice_hash)] = one
        if any((each.session, each.sha256) not in listed for each in references if each.session == session):
            absent[session] = _of_session(ksef, session)
    answers = []
    for each in references:
        one = listed.get((each.session, each.sha256))
        answers.append(absent[each.session] if one is None else _judged(ksef, each, one, None))
    return answers


def status(ksef: Ksef, reference: Reference) -> Answer:
    """See `contract.Gateway.status`."""
    sessions = ksef.client.sessions
    if reference.invoice is None:
        found = find(ksef, reference.session, reference.sha256)
        if found is None or found.invoice is None:
            return _of_session(ksef, reference.session)
        reference = found
    invoice = reference.invoice or ""
    answer = ksef.call(
        "status",
        lambda token: sessions.get_session_invoice_status(reference.session, invoice, access_token=token),
    )
    if digest(answer.invoice_hash) != reference.sha256:
        raise malformed("odpowiedź o innym dokumencie")
    upo = None
    if answer.status.code == _ACCEPTED:
        upo = ksef.call(
            "status",
            lambda token: sessions.get_session_invoice_upo_by_ref(reference.session, invoice, access_token=token),
        )
        _verify_upo(upo, answer.ksef_number, reference.sha256)
    return _judged(ksef, reference, answer, upo)


def _verify_upo(upo: bytes, number: str | None, sha256: bytes) -> None:
    """It is kept for years as the proof, so it must speak of this document. Raises `Malformed`.

    Source: UPO of KSeF v4-3, Dokument/NumerKSeFDokumentu and SkrotDokumentu
    """
    try:
        root = etree.fromstring(upo, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        raise malformed("potwierdzenie UPO nie jest dokumentem XML") from None
    said = [
        (one.findtext("{*}NumerKSeFDokumentu"), one.findtext("{*}SkrotDokumentu")) for one in root.iter("{*}Dokument")
    ]
    if (number, base64_text(sha256)) not in said:
        raise malformed("potwierdzenie UPO o innym dokumencie")


def _judged(ksef: Ksef, reference: Reference, answer: Any, upo: bytes | None) -> Answer:
    """What KSeF's entry about a document means."""
    code, text = answer.status.code, answer.status.description
    if code in _UNDER_WAY:
        return Pending(text)
    if code == _ACCEPTED:
        if not answer.ksef_number:
            raise malformed("przyjęta faktura bez numeru")
        return Accepted(answer.ksef_number, instant(answer.acquisition_date), upo)
    if code == DUPLICATE:
        return _duplicate(ksef, reference, answer.status)
    details = " ".join(answer.status.details or ())
    return Rejected(code, f"{text} {details}".strip()[:1000])


def _of_session(ksef: Ksef, session: str) -> Answer:
    """Of a batch in which our document is not (yet)."""
    found = ksef.call(
        "status", lambda token: ksef.client.sessions.get_session_status(session, access_token=token)
    ).status
    if found.code >= _SESSION_FAILED_FROM:
        return Rejected(found.code, " ".join((found.description, *(found.details or ())))[:1000])
    if found.code == _ACCEPTED:
        return Rejected(
            found.code, "Paczka została przetworzona, ale tego dokumentu w niej nie ma. Wyślij go ponownie."
        )
    return Pending(found.description)


def _duplicate(ksef: Ksef, reference: Reference, said: Any) -> Answer:
    """Ours sent before, or another document under the same number: the content decides."""
    extensions = said.extensions or {}
    number = extensions.get("originalKsefNumber")
    if not number:
        raise malformed("duplikat bez numeru oryginału")
    if sha256(ksef.invoice(number)).digest() != reference.sha256:
        return Rejected(
            DUPLICATE, f"W KSeF jest już inna faktura tego sprzedawcy, tego rodzaju i o tym numerze: {number}.", number
        )
    upo = None
    if session := extensions.get("originalSessionReferenceNumber"):
        try:
            upo = ksef.call(
                "status",
                lambda token: ksef.client.sessions.get_session_invoice_upo_by_ksef(session, number, access_token=token),
            )
            _verify_upo(upo, number, reference.sha256)
        except KsefError:  # the number is certain without it; asking again may bring it
            upo = None
    return Accepted(number, None, upo, again=True)
