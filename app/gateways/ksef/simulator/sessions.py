"""Sending: online and batch sessions, the checks and rules of acceptance, statuses and confirmations (UPO)."""

from __future__ import annotations

import io
import json
import secrets
import sqlite3
import zipfile
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any

from ksef_client.services.crypto import decrypt_aes_cbc_pkcs7
from lxml import etree

from app.gateways.ksef.simulator import invoices
from app.gateways.ksef.simulator.answers import Call, Problem, Reply
from app.gateways.ksef.simulator.document import LARGEST, Unreadable, read_facts
from app.gateways.ksef.simulator.store import Arrival, iso
from app.kernel.clock import POLAND

VALID_S = 12 * 3600
UPO = "http://upo.schematy.mf.gov.pl/KSeF/v4-3"
_OPEN, _CLOSED, _DONE = (100, "Sesja otwarta"), (170, "Sesja zamknięta"), (200, "Sesja przetworzona pomyślnie")


def _opened(call: Call, kind: str, **more: Any) -> str:
    sealing = call.json().get("encryption") or {}
    try:
        key = call.keys.decrypt(str(sealing.get("encryptedSymmetricKey")))
    except ValueError:
        raise Problem(400, 21405, "Nie można odszyfrować klucza symetrycznego.") from None
    now = call.store.now()
    day = datetime.fromtimestamp(now, POLAND).strftime("%Y%m%d")
    reference = f"{day}-{kind}-{secrets.token_hex(5).upper()}-{secrets.token_hex(5).upper()}-00"
    body = {
        "key": b64encode(key).decode(), "iv": sealing.get("initializationVector"), "kind": kind, "at": now,
        "state": "open", **more,
    }  # fmt: skip
    call.store.put(reference, "session", call.context, body)
    return reference


def _session(call: Call) -> tuple[str, dict[str, Any]]:
    reference = call.match["session"]
    row = call.store.row("select context, body from object where ref = ? and kind = 'session'", reference)
    if row is None or row["context"] != call.context:
        raise Problem(404, 21173, "Brak sesji o podanym numerze referencyjnym.")
    return reference, json.loads(row["body"])


def open_online(call: Call) -> Reply:
    return Reply(201, {"referenceNumber": _opened(call, "SO"), "validUntil": iso(call.store.now() + VALID_S)})


def send(call: Call) -> Reply:
    reference, session = _session(call)
    if session["state"] != "open" or call.store.now() > session["at"] + VALID_S:
        raise Problem(400, 21180, "Status sesji uniemożliwia wykonanie operacji.")
    body = call.json()
    try:
        sealed = b64decode(body["encryptedInvoiceContent"])
        content = decrypt_aes_cbc_pkcs7(sealed, b64decode(session["key"]), b64decode(session["iv"]))
    except (ValueError, KeyError):
        raise Problem(400, 21405, "Nie można odszyfrować faktury.") from None
    if _hash(content) != body.get("invoiceHash") or len(content) != body.get("invoiceSize"):
        raise Problem(400, 21405, "Skrót lub rozmiar faktury się nie zgadza.")
    number = _accept(call, reference, content, bool(body.get("offlineMode")), body.get("hashOfCorrectedInvoice"))
    return Reply(202, {"referenceNumber": number})


def close_online(call: Call) -> Reply:
    return _close(call)


def open_batch(call: Call) -> Reply:
    body = call.json()
    file = body.get("batchFile") or {}
    reference = _opened(call, "SB", file=file, offline=bool(body.get("offlineMode")))
    uploads = [
        {
            "ordinalNumber": part["ordinalNumber"], "method": "PUT", "headers": {"x-ms-blob-type": "BlockBlob"},
            "url": invoices.address(call, f"{reference}-{part['ordinalNumber']}"),
        }
        for part in file.get("fileParts", [])
    ]  # fmt: skip
    return Reply(201, {"referenceNumber": reference, "partUploadRequests": uploads})


def upload(call: Call) -> Reply:
    name = call.match["name"]
    if call.query.get("sig") != call.keys.signature(name):
        raise Problem(403, 403, "Nieprawidłowy podpis adresu.")
    call.store.write_part(name, call.body)
    return Reply(201, b"")


def close_batch(call: Call) -> Reply:
    reference, session = _session(call)
    if session["state"] == "open":
        problem = None
        try:
            _unpack(call, reference, session)
        except Unreadable as wrong:
            problem = str(wrong)
        session |= {"state": "closed", "problem": problem}
        call.store.put(reference, "session", call.context, session)
        return Reply(204)
    return _close(call)


def _unpack(call: Call, reference: str, session: dict[str, Any]) -> None:
    plain = []
    for part in session["file"]["fileParts"]:
        data = call.store.read_part(f"{reference}-{part['ordinalNumber']}")
        if data is None or _hash(data) != part["fileHash"]:
            raise Unreadable("Brak części paczki albo jej skrót się nie zgadza.")
        plain.append(decrypt_aes_cbc_pkcs7(data, b64decode(session["key"]), b64decode(session["iv"])))
    whole = b"".join(plain)
    if _hash(whole) != session["file"]["fileHash"]:
        raise Unreadable("Skrót paczki się nie zgadza.")
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            for name in archive.namelist():
                _accept(call, reference, archive.read(name), session["offline"], None)
    except zipfile.BadZipFile:
        raise Unreadable("Paczka nie jest poprawnym archiwum ZIP.") from None


def _close(call: Call) -> Reply:
    reference, session = _session(call)
    session["state"] = "closed"
    call.store.put(reference, "session", call.context, session)
    return Reply(204)


def _accept(call: Call, session: str, content: bytes, offline: bool, corrected: str | None) -> str:
    """Judges one document and remembers what became of it; its reference."""
    store = call.store
    with store.lock:
        place = len(store.rows("select ref from document where session = ?", session)) + 1
        reference = f"{session[:8]}-EE-{secrets.token_hex(5).upper()}-{secrets.token_hex(5).upper()}-{place % 100:02}"
        code, text, more = _judge(call, session, content)
        body = {"text": text, "offline": offline, "corrected": corrected, "at": store.now(), **more}
        sql = "insert into document values (?, ?, ?, ?, ?, ?)"
        store.rows(sql, reference, session, place, _hash(content), code, json.dumps(body))
        return reference


def _judge(call: Call, session: str, content: bytes) -> tuple[int, str, dict[str, Any]]:
    if len(content) > LARGEST:
        return 430, "Błąd weryfikacji pliku faktury", {"details": ["Plik jest większy niż 1 MB."]}
    try:
        facts = read_facts(content, strict=True)
    except Unreadable as wrong:
        return 450, "Błąd weryfikacji semantyki dokumentu faktury", {"details": [str(wrong)]}
    if facts.seller != call.context.split("-")[0]:
        return 410, "Nieprawidłowy zakres uprawnień", {"details": ["Sprzedawca nie jest kontekstem sesji."]}
    today = datetime.fromtimestamp(call.store.now(), POLAND).date()
    if facts.issued_on > today:
        details = ["Data wystawienia (P_1) jest późniejsza niż dzień przesłania."]
        return 450, "Błąd weryfikacji semantyki dokumentu faktury", {"details": details}
    if (known := call.store.original(facts)) is not None:
        extensions = {"originalKsefNumber": known["ksef_number"], "originalSessionReferenceNumber": known["session"]}
        said = f"Duplikat faktury. Faktura o numerze KSeF: {known['ksef_number']} została już przesłana."
        return 440, "Duplikat faktury", {"details": [said], "extensions": extensions, "number": facts.number}
    number = call.store.take(Arrival(content, session=session), facts)
    return 200, "Sukces", {"ksef": number, "number": facts.number}


def _hash(data: bytes) -> str:
    return b64encode(sha256(data).digest()).decode()


# --- statuses ---------------------------------------------------------------------------------------------------


def session_status(call: Call) -> Reply:
    reference, session = _session(call)
    codes = [row["code"] for row in call.store.rows("select code from document where session = ?", reference)]
    code, text = _OPEN if session["state"] == "open" else _DONE
    if session.get("problem"):
        code, text = 405, f"Błąd weryfikacji poprawności dostarczonych elementów paczki. {session['problem']}"
    elif session["state"] == "closed" and codes and 200 not in codes:
        code, text = 445, "Błąd weryfikacji, brak poprawnych faktur"
    return Reply(
        body={
            "status": {"code": code, "description": text}, "dateCreated": iso(session["at"]),
            "dateUpdated": iso(call.store.now()), "invoiceCount": len(codes),
            "successfulInvoiceCount": codes.count(200), "failedInvoiceCount": len(codes) - codes.count(200),
        }
    )  # fmt: skip


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    body = json.loads(row["body"])
    status = {"code": row["code"], "description": body["text"], "details": body.get("details")}
    if body.get("extensions"):
        status["extensions"] = body["extensions"]
    return {
        "ordinalNumber": row["place"], "referenceNumber": row["ref"], "invoiceHash": row["sha256"],
        "invoicingDate": iso(body["at"]), "acquisitionDate": iso(body["at"]) if row["code"] == 200 else None,
        "permanentStorageDate": iso(body["at"]) if row["code"] == 200 else None, "ksefNumber": body.get("ksef"),
        "invoiceNumber": body.get("number"), "invoicingMode": "Offline" if body["offline"] else "Online",
        "status": status,
    }  # fmt: skip


def documents(call: Call) -> Reply:
    reference, _ = _session(call)
    size, after = int(call.query.get("pageSize", 10)), int(call.headers.get("x-continuation-token", 0))
    found = call.store.rows(
        "select * from document where session = ? and place > ? order by place limit ?", reference, after, size + 1
    )
    more = str(found[size - 1]["place"]) if len(found) > size else None
    return Reply(body={"continuationToken": more, "invoices": [_shown(row) for row in found[:size]]})


def _document(call: Call) -> sqlite3.Row:
    reference, _ = _session(call)
    row = call.store.row("select * from document where session = ? and ref = ?", reference, call.match["invoice"])
    if row is None:
        raise Problem(404, 21405, "Nie ma takiej faktury w tej sesji.")
    return row


def document_status(call: Call) -> Reply:
    return Reply(body=_shown(_document(call)))


def upo(call: Call) -> Reply:
    row = _document(call)
    if row["code"] != 200:
        raise Problem(400, 21178, "Nie znaleziono UPO dla podanych kryteriów.")
    return _upo(call, json.loads(row["body"])["ksef"])


def upo_by_number(call: Call) -> Reply:
    reference, _ = _session(call)
    row = call.store.row(
        "select ksef_number from invoice where ksef_number = ? and session = ?", call.match["number"], reference
    )
    if row is None:
        raise Problem(400, 21178, "Nie znaleziono UPO dla podanych kryteriów.")
    return _upo(call, row["ksef_number"])


def _upo(call: Call, number: str) -> Reply:
    row = call.store.row("select * from invoice where ksef_number = ?", number)
    assert row is not None
    taken = datetime.fromtimestamp(row["accepted_at"], POLAND).isoformat(timespec="milliseconds")
    nsmap: Any = {None: UPO}
    root = etree.Element(f"{{{UPO}}}Potwierdzenie", nsmap=nsmap)

    def add(parent: Any, name: str, text: str | None = None) -> Any:
        child = etree.SubElement(parent, f"{{{UPO}}}{name}")
        child.text = text
        return child

    add(root, "NazwaPodmiotuPrzyjmujacego", "Ministerstwo Finansów - symulator")
    add(root, "NumerReferencyjnySesji", row["session"])
    proof = add(root, "Uwierzytelnienie")
    add(add(proof, "IdKontekstu"), "InternalId" if "-" in call.context else "Nip", call.context)
    add(proof, "SkrotDokumentuUwierzytelniajacego", _hash(call.context.encode()))
    add(root, "NazwaStrukturyLogicznej", "Schemat_FA(3)_v1-0E.xsd")
    add(root, "KodFormularza", "FA (3)")
    document = add(root, "Dokument")
    facts = json.loads(row["facts"])
    for name, text in (
        ("NipSprzedawcy", row["seller"]), ("NumerKSeFDokumentu", number), ("NumerFaktury", row["number"]),
        ("DataWystawieniaFaktury", facts["issueDate"]), ("DataPrzeslaniaDokumentu", taken),
        ("DataNadaniaNumeruKSeF", taken), ("SkrotDokumentu", row["sha256"]), ("TrybWysylki", "Online"),
    ):  # fmt: skip
        add(document, name, text)
    data = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return Reply(200, data, {"Content-Type": "application/xml", "x-ms-meta-hash": _hash(data)})
