"""The left menu: every entry with the right it needs; a person sees only what they may open."""

from __future__ import annotations

from dataclasses import dataclass

from app.kernel.dates import Month
from app.office.modules import module_of
from app.web.desk import Desk
from app.web.render import Link, Section


@dataclass(frozen=True, slots=True)
class Entry:
    """`path` inside the tenant, where "{month}" stands for the month worked on; `right` (object, act)."""

    title: str
    icon: str
    path: str
    right: tuple[str, str] | None = None
    municipality: bool = False
    """Only in a municipality."""


MENU: tuple[tuple[str | None, tuple[Entry, ...]], ...] = (
    (None, (Entry("Do zrobienia", "home", ""),)),
    (
        "VAT miasta",
        (
            Entry("Tablica miesiąca", "table", "/vat/miesiac/{month}", ("vat.board", "read"), True),
            Entry("Do przypisania", "inbox", "/vat/kolejka", ("vat.invoice", "assign"), True),
            Entry("Faktury z KSeF", "file-invoice", "/vat/faktury", ("vat.inbox", "read"), True),
            Entry("Połączenie z KSeF", "refresh", "/vat/ksef", ("vat.ksef", "read"), True),
            Entry("Kwarantanna", "file-alert", "/vat/kwarantanna", ("vat.quarantine", "read"), True),
            Entry("Szkic na teraz", "calculator", "/vat/szkic/{month}", ("vat.consolidation", "read"), True),
            Entry("Deklaracja JPK_V7M", "report-money", "/vat/deklaracja/{month}", ("vat.consolidation", "read"), True),
            Entry("Wykaz jednostek", "sitemap", "/vat/jednostki", ("vat.directory", "read"), True),
            Entry("Terminy i zasady", "calendar-due", "/vat/polityka", ("vat.policy", "read"), True),
        ),
    ),
    (
        "Rejestr VAT",
        (
            Entry("Zamknięcie miesiąca", "calendar-event", "/vat/okres/{month}", ("vat.period", "read")),
            Entry("Sprzedaż", "receipt-tax", "/vat/rejestr/sprzedaz/{month}", ("vat.register", "read")),
            Entry("Zakupy", "receipt", "/vat/rejestr/zakup/{month}", ("vat.register", "read")),
            Entry("Noty rozliczeniowe", "receipt-refund", "/vat/noty", ("vat.note", "read")),
            Entry("Kasy rejestrujące", "calculator", "/vat/kasy/{month}", ("vat.register", "read")),
            Entry("Złe długi", "calendar-due", "/vat/zle-dlugi/{month}", ("vat.register", "read")),
            Entry("Faktury wystawione", "file-invoice", "/vat/wystawione", ("vat.sales_invoice", "read")),
            Entry("Współczynniki", "percentage", "/vat/wspolczynniki", ("vat.ratio", "read")),
            Entry("Środki trwałe", "building", "/vat/srodki-trwale", ("vat.register", "read")),
            Entry("Korekta roczna", "refresh", "/vat/korekta-roczna", ("vat.register", "read")),
        ),
    ),
    (
        "Zakupy",
        (
            Entry("Faktury i rachunki", "files", "/zakupy/faktury", ("purchasing.case", "read")),
            Entry("Zakupy jednostek", "list-check", "/zakupy/centrum", ("purchasing.worklist", "read")),
            Entry("Płatności", "cash", "/zakupy/platnosci", ("purchasing.payment", "read")),
            Entry("Zastępstwa", "user-check", "/zakupy/zastepstwa", ("purchasing.scheme", "read")),
            Entry("Schemat obiegu", "sitemap", "/zakupy/schemat", ("purchasing.scheme", "read")),
        ),
    ),
    (
        "Praca",
        (
            Entry("Przebiegi", "progress-check", "/przebiegi", ("run", "read")),
            Entry("Dziennik zdarzeń", "history", "/dziennik", ("audit", "read")),
        ),
    ),
)


def current_month(desk: Desk) -> Month:
    """The month whose return is being made today: the one before, as its return is due on the 25th."""
    return Month.of(desk.on).previous


def sections(desk: Desk, path: str, badges: dict[str, int] | None = None) -> tuple[Section, ...]:
    """The menu for this person here; `path` is the page's own, `badges` counts by an entry's path."""
    month = current_month(desk)
    made = []
    for title, entries in MENU:
        links = []
        for entry in entries:
            if not _is_for(desk, entry):
                continue
            links.append(
                Link(
                    entry.title,
                    desk.url(entry.path.format(month=month)),
                    entry.icon,
                    _is_here(entry.path, path),
                    (badges or {}).get(entry.path) or None,
                )
            )
        if links:
            made.append(Section(title, tuple(links)))
    return tuple(made)


def _is_for(desk: Desk, entry: Entry) -> bool:
    module = module_of(entry.path)
    if (entry.municipality and not desk.municipality) or (module is not None and module not in desk.modules):
        return False
    return entry.right is None or desk.may(*entry.right)


def _is_here(entry: str, path: str) -> bool:
    fixed = entry.split("/{", 1)[0]
    return path == fixed or (fixed != "" and path.startswith(f"{fixed}/"))
