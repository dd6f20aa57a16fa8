"""The gallery's two faces: a page of the office with its menu, a page of a municipality's portal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Request

from app.kernel.dates import Month
from app.web.render import Account, Link, Page, Portal, Section, Shell, page
from tests.web.gallery import work

MENU = (
    (None, (("Dziś", "/", "home", 39),)),
    (
        "VAT",
        (
            ("Tablica miesiąca", "/tablica", "calendar-month", None),
            ("Kolejka faktur", "/kolejka", "inbox", 23),
            ("Rejestr zakupów", "/rejestr", "table", None),
            ("Podpis jednostki", "/podpis", "signature", 2),
            ("Deklaracja", "/deklaracja", "receipt-tax", None),
            ("Przebiegi", "/przebieg", "progress-check", None),
        ),
    ),
    (
        "Ustawienia",
        (
            ("Jednostki", "/jednostki", "sitemap", None),
            ("Nowa jednostka", "/formularz", "plus", None),
            ("Części stron", "/stany", "layout-list", None),
        ),
    ),
)

ACCOUNT = Account(
    "Anna Zielińska",
    "główna księgowa · CUW",
    (Link("Moje konto", "/stany", "user-circle"), Link("Pomoc", "/stany", "help-circle")),
)


def month_href(month: Month) -> str:
    return f"?miesiac={month}"


def office(template: str, request: Request[Any, Any, Any], /, *, runs: bool = True, **context: Any) -> Page:
    here = request.url.path
    shell = Shell(
        where=("Nowa Dąbrowa", "Centrum Usług Wspólnych"),
        account=ACCOUNT,
        menu=tuple(
            Section(title, tuple(Link(words, href, drawn, href == here, badge) for words, href, drawn, badge in items))
            for title, items in MENU
        ),
        switch_url="/zmien",
        search_url="/szukaj",
        runs=(replace(work.PROGRESS, id="gora", stream=None, cancel_url=None),) if runs else (),
        runs_url="/przebieg",
        tasks=3,
        tasks_url="/",
    )
    return page(f"gallery/{template}", shell=shell, **context)


def portal(template: str, request: Request[Any, Any, Any], /, **context: Any) -> Page:
    menu = (
        ("Strona główna", "/portal"),
        ("Podatki i opłaty", "/portal/podatki"),
        ("Odpady", "/portal/odpady"),
        ("Moje sprawy", "/portal/sprawy"),
    )
    made = Portal(
        "Miasto Nowa Dąbrowa",
        stylesheet_url="/barwy.css",
        crest_url="/herb.svg",
        menu=tuple(Link(title, href, active=href == request.url.path) for title, href in menu),
        languages=tuple(
            Link(name, "/portal", badge=code, active=code == "pl")
            for name, code in (("Polski", "pl"), ("English", "en"), ("Українська", "uk"))
        ),
        address=(
            "Urząd Miasta Nowa Dąbrowa",
            "pl. Ratuszowy 1, 05-899 Nowa Dąbrowa",
            "tel. 22 555 01 00, urzad@nowadabrowa.example",
        ),
        footer=(Link("Deklaracja dostępności", "/portal"), Link("Ochrona danych", "/portal"), Link("BIP", "/portal")),
    )
    return page(f"gallery/{template}", portal=made, **context)
