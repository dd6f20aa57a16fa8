"""Sending a return to the ministry: package, signature, four calls, the answer; resumable after every one of them.

Only the third call files anything. Its reference number is known and kept before, so after a kill the gateway is asked
what became of that number, and the call is made again only when nothing did: a return is never filed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.gateways.jpk import package
from app.gateways.jpk.client import Away, Declined, Gateway, Opened, Status
from app.gateways.jpk.codes import outcome, words
from app.kernel import runs
from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.kernel.runs import ChunkSpec, Run
from app.vat.queries import filings, returns
from app.vat.queries.filings import SENDING, Filing
from app.vat.service import filings as service
from tenants.models import Tenant

KIND = "vat.file"
OPEN, UPLOAD, FINISH = 1, 2, 3


def gateway_of(deployment: Deployment) -> str:
    """The gateway's address. Raises `Refusal` when this deployment has none."""
    url = deployment.settings.jpk_gateway_url
    if url is None:
        raise Refusal(
            "Bramka JPK nie jest ustawiona. Pobierz plik i wyślij go swoim programem albo poproś administratora.",
            "gateway",
        )
    return url


def prepare(deployment: Deployment, city: Tenant, month: Month, version: int | None, actor: str) -> Filing:
    """A package of a version (the newest), waiting for a signature; the one that waits already, if there is one.

    Raises `Refusal`: no gateway, no such version, something else under way.
    """
    gateway_of(deployment)
    path = deployment.settings.jpk_gateway_certificate
    if path is None or not path.is_file():
        raise Refusal("Nie ustawiono certyfikatu bramki JPK, więc nie da się zaszyfrować pliku.", "gateway")
    key = package.certificate(path.read_bytes())
    files, host = deployment.files(city), deployment.host
    with host.tenant(city, actor, read_only=True) as session:
        made = returns.version(session, month, version)
        waits = next((one for one in filings.filings(session, month) if one.state == "prepared"), None)
        if waits is not None and waits.version == made.version:
            return waits
        service.may_prepare(session, made)
    name = f"JPK_V7M_{month}_w{made.version}.xml"
    packed = package.pack(files, files.path(made.file.sha256), made.file.size, made.file.sha256, name, key)
    metadata = files.put(packed.metadata)
    with host.tenant(city, actor) as session:
        return service.prepare(session, made, metadata, packed.pieces)


def sign(deployment: Deployment, city: Tenant, filing_id: UUID, document: bytes, actor: str) -> Filing:
    """Takes the signed metadata. Raises `Refusal` when something else was signed, or nothing."""
    files = deployment.files(city)
    with deployment.host.tenant(city, actor, read_only=True) as session:
        found = filings.filing(session, filing_id)
    package.signed(document, files.read(found.metadata.sha256))
    kept = files.put(document)
    with deployment.host.tenant(city, actor) as session:
        return service.sign(session, filing_id, kept)


def start(session: Session, filing_id: UUID) -> Run:
    """The run that sends a signed attempt, or the one under way. Raises `Conflict` when it is not to be sent."""
    found = filings.filing(session, filing_id)
    if found.state not in SENDING:
        raise Conflict("Tej wysyłki nie można teraz wysłać: nie jest podpisana albo już się zakończyła.", "filing")
    chunks = [ChunkSpec("otwarcie sesji", stage=OPEN, queue="interactive")]
    chunks += [ChunkSpec(piece.name, {"name": piece.name}, stage=UPLOAD) for piece in found.pieces]
    chunks.append(ChunkSpec("złożenie", stage=FINISH, queue="interactive"))
    title = f"Wysyłka JPK_V7M za {found.month.label}, wersja {found.version}"
    params = {"filing": str(filing_id), "month": str(found.month), "version": found.version}
    return runs.start(session, KIND, title, params, chunks, f"{KIND}:{filing_id}", join=True)


class Step:
    """One chunk at work on an attempt."""

    def __init__(self, session: Session, deployment: Deployment, city: Tenant, params: Mapping[str, Any]) -> None:
        self.session, self.deployment, self.city = session, deployment, city
        service.hold(session)
        self.filing = filings.filing(session, UUID(params["filing"]))

    def gateway(self) -> Gateway:
        return Gateway(gateway_of(self.deployment))

    def tell(self, kind: str, note: str, **more: Any) -> dict[str, Any]:
        service.tell(self.session, self.filing.id, kind, note, **more)
        return self.result()

    def result(self) -> dict[str, Any]:
        now = filings.filing(self.session, self.filing.id)
        return {"state": now.state, "reference": now.reference, "code": now.code}


def open_session(step: Step, _: Mapping[str, Any]) -> dict[str, Any]:
    """The signed metadata handed in; a session that is open already stays."""
    if step.filing.state != "signed":
        return step.result()
    signed = step.filing.signed_sha256
    assert signed is not None
    with step.gateway() as gateway:
        try:
            opened = gateway.open(step.deployment.files(step.city).read(signed))
        except Declined as declined:
            return step.tell("declined", declined.message, payload={"code": declined.code})
    payload = msgspec.to_builtins(opened)
    return step.tell("opened", "Bramka otworzyła sesję.", reference=opened.reference, payload=payload)


def upload(step: Step, payload: Mapping[str, Any]) -> dict[str, Any]:
    """One part sent; again does no harm."""
    if step.filing.state != "opened":
        return step.result()
    piece = next(one for one in step.filing.pieces if one.name == payload["name"])
    opened = msgspec.convert(step.filing.session, Opened)
    target = next((one for one in opened.uploads if one.name == piece.name), None)
    if target is None:
        return step.tell("declined", f"Bramka nie przyjęła części {piece.name}.")
    with step.gateway() as gateway:
        try:
            gateway.put(target, piece, step.deployment.files(step.city))
        except Declined as declined:
            return step.tell("declined", declined.message, payload={"code": declined.code})
    return step.result()


def finish(step: Step, _: Mapping[str, Any]) -> dict[str, Any]:
    """What files the return, unless the gateway says that it has happened."""
    if step.filing.state not in ("opened", "uploaded"):
        return step.result()
    opened = msgspec.convert(step.filing.session, Opened)
    with step.gateway() as gateway:
        before = gateway.status(opened.reference)
        if outcome(before.code) == "open":
            try:
                gateway.finish(opened)
            except Declined as declined:
                after = gateway.status(opened.reference)
                if outcome(after.code) == "open":
                    return step.tell("declined", declined.message, payload={"code": declined.code})
            step.tell("finished", "Oddano wszystkie części; bramka sprawdza dokument.", reference=opened.reference)
            return step.result()
    if outcome(before.code) == "unknown":
        raise Away(words(before.code)[0])
    step.tell("finished", "Bramka miała już wszystkie części.", reference=opened.reference)
    take(step.session, step.deployment, step.city, filings.filing(step.session, step.filing.id), before)
    return step.result()


STEPS: dict[int, Callable[[Step, Mapping[str, Any]], dict[str, Any]]] = {
    OPEN: open_session, UPLOAD: upload, FINISH: finish,
}  # fmt: skip


def poll(deployment: Deployment, city: Tenant, actor: str) -> list[Filing]:
    """Asks about every attempt of the city that waits; what changed is kept. A gateway that is away changes nothing."""
    host = deployment.host
    with host.tenant(city, actor, read_only=True) as session:
        waiting = filings.waiting(session)
    asked = []
    for one in waiting:
        assert one.reference is not None
        try:
            with Gateway(gateway_of(deployment)) as gateway:
                said = gateway.status(one.reference)
        except Away as away:
            with host.tenant(city, actor) as session:
                service.hold(session)
                now = filings.filing(session, one.id)
                if now.events[-1].kind != "fault":
                    service.tell(session, one.id, "fault", str(away))
                asked.append(filings.filing(session, one.id))
            continue
        with host.tenant(city, actor) as session:
            service.hold(session)
            now = filings.filing(session, one.id)
            if now.state == "finished":
                take(session, deployment, city, now, said)
            asked.append(filings.filing(session, one.id))
    return asked


def take(session: Session, deployment: Deployment, city: Tenant, found: Filing, said: Status) -> None:
    """Keeps an answer that says something new; a confirmation of receipt goes into the file store first."""
    last = next((one for one in reversed(found.events) if one.kind == "status"), None)
    if last is not None and last.code == said.code and found.events[-1].kind != "fault":
        return
    kept = None
    if outcome(said.code) == "accepted":
        if said.upo is None:  # it will be asked again
            return
        kept = deployment.files(city).put(said.upo).sha256
    note = " ".join(part for part in (said.description, said.details) if part) or words(said.code)[0]
    service.tell(session, found.id, "status", note, code=said.code, reference=found.reference, file_sha256=kept)
