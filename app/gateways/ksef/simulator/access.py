"""Logging in, limits, rights of units."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any

from app.gateways.ksef.contract import ALLOWANCES, Group
from app.gateways.ksef.simulator.answers import Call, Problem, Reply
from app.gateways.ksef.simulator.keys import ACCESS_S, LOGIN_S, REFRESH_S
from app.gateways.ksef.simulator.store import iso


def certificates(call: Call) -> Reply:
    return Reply(body=call.keys.certificates())


def challenge(call: Call) -> Reply:
    return Reply(body={**call.keys.challenge(), "clientIp": call.ip})


def by_token(call: Call) -> Reply:
    body = call.json()
    context = str(body.get("contextIdentifier", {}).get("value", ""))
    problem = call.keys.challenge_problem(str(body.get("challenge")))
    return _begun(call, context, problem or call.keys.token_problem(context, str(body.get("encryptedToken", ""))))


def by_signature(call: Call) -> Reply:
    text, context, problem = call.keys.signed(call.body)
    return _begun(call, context, call.keys.challenge_problem(text) or problem)


def _begun(call: Call, context: str, problem: str | None) -> Reply:
    reference = f"AU-{secrets.token_hex(12).upper()}"
    call.store.put(reference, "login", context, {"problem": problem})
    token = call.keys.token("AuthenticationToken", context, LOGIN_S, ref=reference)
    return Reply(202, {"referenceNumber": reference, "authenticationToken": token})


def login_status(call: Call) -> Reply:
    found = call.store.get(call.match["ref"], "login")
    if found is None:
        raise Problem(404, 21304, "Brak uwierzytelnienia.")
    status = {"code": 200, "description": "Uwierzytelnianie zakończone sukcesem"}
    if found["problem"]:
        status = {"code": 450, "description": found["problem"]}
    return Reply(body={"status": status, "startDate": iso(call.store.now())})


def redeem(call: Call) -> Reply:
    return Reply(
        body={
            "accessToken": call.keys.token("ContextToken", call.context, ACCESS_S),
            "refreshToken": call.keys.token("RefreshToken", call.context, REFRESH_S),
        }
    )


def refresh(call: Call) -> Reply:
    return Reply(body={"accessToken": call.keys.token("ContextToken", call.context, ACCESS_S)})


# --- limits -----------------------------------------------------------------------------------------------------

_NAMES: dict[str, Group] = {
    "onlineSession": "session", "onlineSessionClose": "session", "batchSession": "session",
    "batchSessionClose": "session", "invoiceSend": "send", "invoiceStatus": "status", "sessionList": "status",
    "sessionInvoiceList": "status", "sessionMisc": "status", "invoiceMetadata": "metadata", "invoiceExport": "export",
    "invoiceExportStatus": "export_status", "invoiceDownload": "invoice", "collectiveIdentifier": "other",
    "other": "other",
}  # fmt: skip


def rate_limits(call: Call) -> Reply:
    unlimited = {"perSecond": -1, "perMinute": -1, "perHour": -1}
    body: dict[str, Any] = {"global": unlimited, "anonymous": {**unlimited, "perSecond": 60}}
    for name, group in _NAMES.items():
        allowed = asdict(ALLOWANCES[group])
        body[name] = {f"per{length.capitalize()}": most or -1 for length, most in allowed.items()}
    return Reply(body=body)


def context_limits(call: Call) -> Reply:
    sizes = {"maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3, "maxInvoices": 10_000}
    collective = {"maxInvoices": 1000, "maxKsefNumbers": 1000, "maxCollectiveIdentifiers": 1000}
    return Reply(body={"onlineSession": sizes, "batchSession": sizes, "collectiveIdentifier": collective})


# --- rights -----------------------------------------------------------------------------------------------------


def grant_subunit(call: Call) -> Reply:
    body = call.json()
    unit, person = body["contextIdentifier"]["value"], body["subjectIdentifier"]["value"]
    reference = f"PR-{secrets.token_hex(12).upper()}"
    problem = None
    if not unit.startswith(f"{call.context}-"):
        problem = "Identyfikator wewnętrzny nie należy do tego kontekstu."
    elif call.store.get(f"{unit}/{person}", "grant") is not None:
        problem = "Uprawnienie jest już nadane."
    else:
        call.store.put(f"{unit}/{person}", "grant", call.context, {**body, "at": iso(call.store.now())})
    call.store.put(reference, "operation", call.context, {"problem": problem})
    return Reply(202, {"referenceNumber": reference})


def operation(call: Call) -> Reply:
    found = call.store.get(call.match["ref"], "operation")
    if found is None:
        raise Problem(404, 21404, "Nie ma takiej operacji.")
    if found["problem"]:
        return Reply(body={"status": {"code": 410, "description": found["problem"]}})
    return Reply(body={"status": {"code": 200, "description": "Operacja zakończona sukcesem"}})


def subunit_grants(call: Call) -> Reply:
    wanted = (call.json().get("subunitIdentifier") or {}).get("value")
    found = [
        one for one in call.store.all("grant", call.context) if wanted in (None, one["contextIdentifier"]["value"])
    ]
    permissions = [
        {
            "id": f"{one['contextIdentifier']['value']}/{one['subjectIdentifier']['value']}",
            "authorizedIdentifier": one["subjectIdentifier"], "subunitIdentifier": one["contextIdentifier"],
            "authorIdentifier": {"type": "Nip", "value": call.context}, "permissionScope": "CredentialsManage",
            "description": one["description"], "startDate": one["at"], "subunitName": one.get("subunitName"),
        }
        for one in found
    ]  # fmt: skip
    return Reply(body={"permissions": permissions, "hasMore": False})
