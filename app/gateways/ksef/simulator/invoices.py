"""Finding and fetching invoices: metadata, one invoice, export packages with their parts."""

from __future__ import annotations

import io
import json
import secrets
import sqlite3
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from ksef_client.services.crypto import encrypt_aes_cbc_pkcs7

from app.gateways.ksef.contract import EXPORT_MOST
from app.gateways.ksef.simulator import faults, limits
from app.gateways.ksef.simulator.answers import Call, Problem, Reply
from app.gateways.ksef.simulator.store import iso, seconds

PAGES_MOST = 10_000
RANGE_MOST_S = 93 * 86_400
EXPIRES_S = 86_400


def _window(call: Call, filters: dict[str, Any]) -> tuple[str, float, float]:
    """(subject, from, to), the end cut at the high-water mark when that was asked for."""
    subject, dates = str(filters.get("subjectType")), filters.get("dateRange") or {}
    if subject not in ("Subject1", "Subject2", "Subject3") or "from" not in dates:
        raise Problem(400, 21405, "Błąd walidacji danych wejściowych: subjectType, dateRange.from.")
    start, now = seconds(dates["from"]), call.store.now()
    end = seconds(dates["to"]) if dates.get("to") else now
    if start > now + 1:
        raise Problem(400, 21405, "Zakres dat zaczyna się w przyszłości.")
    if start > end or end - start > RANGE_MOST_S:
        raise Problem(400, 21405, "Zakres dat nie może przekraczać 3 miesięcy.")
    return subject, start, min(end, call.store.hwm()) if dates.get("restrictToPermanentStorageHwmDate") else end


def _metadata(row: sqlite3.Row) -> dict[str, Any]:
    return {
        **json.loads(row["facts"]), "ksefNumber": row["ksef_number"], "invoicingDate": iso(row["accepted_at"]),
        "acquisitionDate": iso(row["accepted_at"]), "permanentStorageDate": iso(row["stored_at"]),
        "invoiceHash": row["sha256"], "invoicingMode": "Online", "isSelfInvoicing": False, "hasAttachment": False,
        "formCode": {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"},
    }  # fmt: skip


def metadata(call: Call) -> Reply:
    subject, start, end = _window(call, call.json())
    size, page = int(call.query.get("pageSize", 10)), int(call.query.get("pageOffset", 0))
    if not 10 <= size <= 250:
        raise Problem(400, 21405, "Rozmiar strony: od 10 do 250.")
    found = call.store.visible(call.context, subject, start, end)
    shown, rest = found[page * size : (page + 1) * size], found[(page + 1) * size :]
    return Reply(
        body={
            "invoices": [_metadata(row) for row in shown], "hasMore": bool(rest),
            "isTruncated": (page + 1) * size >= PAGES_MOST and bool(rest),
            "permanentStorageHwmDate": iso(call.store.hwm()),
        }
    )  # fmt: skip


def one(call: Call) -> Reply:
    row = call.store.row("select * from invoice where ksef_number = ?", call.match["number"])
    nip = call.context.split("-")[0]
    if row is None or nip not in (row["seller"], row["buyer"], *(row["thirds"] or "").split()):
        raise Problem(404, 21164, "Faktura o podanym identyfikatorze nie istnieje.")
    headers = {"Content-Type": "application/xml", "x-ms-meta-hash": row["sha256"]}
    return Reply(200, bytes(row["content"]), headers)


# --- packages ---------------------------------------------------------------------------------------------------


def export(call: Call) -> Reply:
    body = call.json()
    subject, start, end = _window(call, body.get("filters") or {})
    wait = limits.wait_s(call.store, call.context, call.ip, "export", subject)
    if wait:
        raise Problem(429, 429, f"Przekroczono limit eksportów. Spróbuj ponownie po {wait:.0f} s.", wait)
    sealing = body.get("encryption") or {}
    try:
        key = call.keys.decrypt(str(sealing.get("encryptedSymmetricKey")))
        iv = b64decode(str(sealing.get("initializationVector")))
    except ValueError:
        raise Problem(400, 21405, "Nie można odszyfrować klucza symetrycznego.") from None
    reference = f"EX-{secrets.token_hex(12).upper()}"
    most = int(call.store.setting("export_most", EXPORT_MOST))
    found = call.store.visible(call.context, subject, start, end)
    package = _build(call, reference, found[:most], key, iv)
    package |= {
        "isTruncated": len(found) > most, "permanentStorageHwmDate": iso(call.store.hwm()),
        "lastPermanentStorageDate": iso(found[:most][-1]["stored_at"]) if found else None,
    }  # fmt: skip
    now = call.store.now()
    ready = now + float(call.store.setting("export_delay_s", 0))
    state = {"package": package, "ready_at": ready, "expires_at": now + EXPIRES_S}
    call.store.put(reference, "export", call.context, state)
    return Reply(201, {"referenceNumber": reference})


def _build(call: Call, reference: str, rows: Sequence[sqlite3.Row], key: bytes, iv: bytes) -> dict[str, Any]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        left_out = 1 if faults.due(call.store, "package", "short") else 0
        for row in rows[left_out:]:
            archive.writestr(f"{row['ksef_number']}.xml", row["content"])
        archive.writestr("_metadata.json", json.dumps({"invoices": [_metadata(row) for row in rows]}))
    whole, parts = out.getvalue(), []
    size = call.store.part_size()
    for place, begin in enumerate(range(0, len(whole), size) if rows else (), 1):
        plain = whole[begin : begin + size]
        sealed = encrypt_aes_cbc_pkcs7(plain, key, iv)
        call.store.write_part(f"{reference}-{place}", sealed)
        parts.append(
            {
                "ordinalNumber": place, "partName": f"{reference}-{place}.zip.aes", "method": "GET",
                "partSize": len(plain), "partHash": _hash(plain), "encryptedPartSize": len(sealed),
                "encryptedPartHash": _hash(sealed),
            }
        )  # fmt: skip
    return {"invoiceCount": len(rows), "size": len(whole), "compressionType": "Zip", "parts": parts}


def _hash(data: bytes) -> str:
    return b64encode(sha256(data).digest()).decode()


def export_status(call: Call) -> Reply:
    found = call.store.get(call.match["ref"], "export")
    if found is None:
        raise Problem(404, 21404, "Nie ma takiego eksportu.")
    now = call.store.now()
    if now < found["ready_at"]:
        return Reply(body={"status": {"code": 100, "description": "Eksport faktur w toku"}})
    if now >= found["expires_at"]:
        said = "Eksport faktur wygasł i nie jest już dostępny do pobrania"
        return Reply(body={"status": {"code": 210, "description": said}})
    package = dict(found["package"])
    package["parts"] = [
        {**part, "url": address(call, part["partName"].removesuffix(".zip.aes")), "expirationDate": iso(now + 3600)}
        for part in package["parts"]
    ]
    if faults.due(call.store, "package", "missing_part"):
        package["parts"] = package["parts"][:-1]
    if faults.due(call.store, "package", "future"):
        package["permanentStorageHwmDate"] = iso(now + EXPIRES_S)
    if faults.due(call.store, "package", "stuck"):
        package |= {"isTruncated": True, "lastPermanentStorageDate": None}
    status = {"code": 200, "description": "Eksport faktur zakończony sukcesem"}
    body = {"status": status, "package": package, "completedDate": iso(found["ready_at"])}
    return Reply(body={**body, "packageExpirationDate": iso(found["expires_at"])})


def address(call: Call, name: str) -> str:
    return f"{call.origin}/v2/storage/{name}?sig={call.keys.signature(name)}"


def part(call: Call) -> Reply:
    name = call.match["name"]
    if call.query.get("sig") != call.keys.signature(name):
        raise Problem(403, 403, "Nieprawidłowy podpis adresu.")
    data = call.store.read_part(name)
    if data is None:
        raise Problem(404, 404, "Nie ma takiej części.")
    hashed = _hash(data)
    if faults.due(call.store, "part", "wrong_hash"):
        data = data[:-1] + bytes([data[-1] ^ 1])
    if faults.due(call.store, "part", "truncated_zip"):
        data = data[: len(data) // 2]
    return Reply(200, data, {"Content-Type": "application/octet-stream", "x-ms-meta-hash": hashed})
