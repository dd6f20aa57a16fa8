"""The city's units as the attribution knows them: by what a supplier writes an invoice is recognised."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.errors import NotFound, Refusal
from app.kernel.ids import internal_id, nip, regon
from app.vat.queries import directory, inbox
from app.vat.rules.facts import UnitProfile
from app.vat.service import attribution
from app.vat.service.directory import DirectoryEntry, put
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from app.web.tables import Column, Empty, ListSource, Table, table_page
from policies.guards import may

UNIT = Form(
    "jednostka",
    (
        Field("name", "Pełna nazwa", max_length=240),
        Field("short_name", "Krótka nazwa", max_length=80),
        Field("nip", "NIP jednostki", required=False, max_length=20, width="medium",
              hint="Własny NIP jednostki; faktury są na NIP gminy.", check=lambda text: nip(text, "nip")),
        Field("regon", "REGON", required=False, max_length=20, width="medium", check=lambda text: regon(text, "regon")),
        Field("internal_id", "IDWew", required=False, max_length=20, width="medium",
              hint="Identyfikator wewnętrzny z KSeF: NIP gminy, łącznik i pięć cyfr.",
              check=lambda text: internal_id(text, "internal_id")),
        Field("address_line", "Ulica i numer", required=False, max_length=200),
        Field("postal_code", "Kod pocztowy", required=False, max_length=6, width="short"),
        Field("city", "Miejscowość", required=False, max_length=100, width="medium"),
        Field("email", "E-mail", kind="email", required=False, max_length=200),
        Field("aliases", "Inne nazwy", kind="textarea", required=False, max_length=2000,
              hint="Po jednej w wierszu: tak, jak piszą dostawcy."),
        Field("valid_from_on", "Działa od", kind="date", required=False, width="short"),
        Field("valid_to_on", "Działa do", kind="date", required=False, width="short"),
    ),
)  # fmt: skip


def _table(desk: Desk) -> Table:
    return Table(
        "jednostki",
        "Jednostki miasta",
        (
            Column("name", "Jednostka", param="jednostka", link=lambda row: desk.url(f"/vat/jednostki/{row.code}"),
                   sub=lambda row: "urząd" if row.office else None),
            Column("code", "Kod", "code", param="kod"),
            Column("nip", "NIP", "code", param="nip"),
            Column("internal_ids", "IDWew", "code", param="idwew",
                   value=lambda row: ", ".join(row.internal_ids) or None),
            Column("address_line1", "Adres", param="adres",
                   sub=lambda row: " ".join(part for part in (row.postal_code, row.city) if part) or None),
            Column("emails", "E-mail", param="email", value=lambda row: ", ".join(row.emails) or None, minor=True),
        ),
        words=("jednostka", "jednostki", "jednostek"),
        order="jednostka",
        size=100,
        empty=Empty("Miasto nie ma jeszcze jednostek", "Jednostki zakłada operator systemu.", icon="sitemap"),
    )  # fmt: skip


@get("/vat/jednostki", guards=[may("vat.directory", "read")], sync_to_thread=True)
def listed(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Every unit with what identifies it."""
    with desk.reading() as session:
        source = ListSource(directory.profiles(session))
    return table_page(
        request, _table(desk), source, "ssc/table.html", desk=desk, title="Wykaz jednostek",
        lead="Po tych danych system rozpoznaje, której jednostki dotyczy faktura.",
    )  # fmt: skip


def _profile(desk: Desk, code: str) -> UnitProfile:
    with desk.reading() as session:
        found = next((one for one in directory.profiles(session) if one.code == code), None)
    if found is None:
        raise NotFound(f"W wykazie nie ma jednostki o kodzie {code[:20]}.", "unit")
    return found


@get("/vat/jednostki/{code:str}", guards=[may("vat.directory", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], code: FromPath[str]) -> Response[Any]:
    """One unit, to look at or to change."""
    one = _profile(desk, code)
    names = one.aliases or (one.name,)
    form = UNIT.blank(
        name=one.name, short_name=names[0], nip=one.nip, regon=one.regon,
        internal_id=one.internal_ids[0] if one.internal_ids else None, address_line=one.address_line1,
        postal_code=one.postal_code, city=one.city, email=one.emails[0] if one.emails else None,
        aliases="\n".join(names[1:]), valid_from_on=one.valid_from_on, valid_to_on=one.valid_to_on,
    )  # fmt: skip
    return _page(desk, one, form)


def _page(desk: Desk, one: UnitProfile, form: Posted) -> Response[Any]:
    return page(
        "ssc/unit.html", status=200 if form.ok else 422, desk=desk, unit=one, form=form,
        may_edit=desk.may("vat.directory", "edit"),
    )  # fmt: skip


@post("/vat/jednostki/{code:str}", guards=[may("vat.directory", "edit")], sync_to_thread=True)
def change(desk: NamedDependency[Desk], code: FromPath[str], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Keep what is known of the unit, and ask the rule about the waiting invoices once more."""
    one, posted = _profile(desk, code), UNIT.read(data)
    if not posted.ok:
        return _page(desk, one, posted)
    given = dict(posted.values)
    aliases = tuple(line.strip() for line in (given.pop("aliases") or "").splitlines() if line.strip())
    try:
        with desk.writing() as session:
            changed = put(session, DirectoryEntry(code=code, aliases=aliases, is_office=one.office, **given))
            found = attribution.again(session, inbox.waiting_ids(session)) if changed else 0
    except Refusal as refusal:
        return _page(desk, one, posted.refused(refusal))
    words = "Zapisano." if not found else f"Zapisano. Rozpoznano na nowo: {found}."
    return go(desk.url("/vat/jednostki"), toast=Toast(words if changed else "Nic się nie zmieniło.", "success"))


HANDLERS = [listed, show, change]
