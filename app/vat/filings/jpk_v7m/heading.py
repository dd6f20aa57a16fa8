"""What stands before the registers: header, taxpayer, declaration VAT-7 (23); checked before a byte is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.ids import nip
from app.kernel.money import LARGEST
from app.law.loader import value_on
from app.vat.filings.jpk_v7m.codes import TAX_OFFICES
from app.vat.filings.jpk_v7m.text import NAMESPACE, token
from app.vat.rules.options import MARKS, REFUND_TERMS, Mark, Options, RefundTerm
from app.vat.rules.totals import Declaration, check_declaration

VERSION = "JPK_V7M(3) 1-0E"

AMOUNTS_BEFORE_REFUND = (
    *(f"P_{number}" for number in range(10, 37)), "P_360", *(f"P_{number}" for number in range(37, 55)),
)  # fmt: skip

_EMAIL = re.compile(".+@.+")
_FIRST_AT = datetime(2026, 2, 1, tzinfo=UTC)
_LAST_AT = datetime(2050, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Header:
    """`purpose`: 1 = first filing of the month, 2 = correction; `made_at` is aware and written in UTC, whole seconds.

    Raises `Refusal` when made for a month of another structure, an unknown tax office or an impossible moment.

    Law: art. 99 ust. 1 i 11c, art. 109 ust. 3 ustawy o VAT
    """

    month: Month
    office_code: str
    made_at: datetime
    purpose: Literal[1, 2] = 1
    system: str = "Magistrat"

    def __post_init__(self) -> None:
        wanted = value_on("jpk_v7m.version", self.month.last_on).value
        if wanted != VERSION:
            raise Refusal(f"Za okres {self.month.label} składa się {wanted}; ten plik to {VERSION}.", "month")
        if self.office_code not in TAX_OFFICES:
            raise Refusal(
                f"Nie ma urzędu skarbowego o kodzie „{self.office_code[:10]}”. Wybierz kod z listy urzędów.",
                "office_code",
            )
        if self.purpose not in (1, 2):
            raise Refusal("Cel złożenia to 1 (złożenie) albo 2 (korekta).", "purpose")
        if self.made_at.tzinfo is None or not _FIRST_AT <= self.made_at <= _LAST_AT:
            raise Refusal(
                "Chwila wytworzenia pliku musi mieć strefę czasową i leżeć między 1.02.2026 a końcem 2050 r.", "made_at"
            )


@dataclass(frozen=True, slots=True)
class Taxpayer:
    """A legal person (a municipality is one): NIP, full name, e-mail, perhaps a telephone number."""

    nip: str
    name: str
    email: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the taxpayer chooses or states beside the amounts: way of a refund, credit, marks P_63 … P_67, reason.

    `credit`: P_60 in full złote and P_61, the liability that the refund is set against; `reason`: P_ORDZU.
    """

    refund_term: RefundTerm | None = None
    credit: tuple[Decimal, str] | None = None
    marks: frozenset[Mark] = frozenset()
    reason: str | None = None

    @classmethod
    def of(cls, options: Options, purpose: int) -> Choices:
        """Of the treasurer's decision; the reason of a correction belongs to a correction only."""
        credit = (options.credit, options.liability) if options.credit and options.liability else None
        reason = options.reason if purpose == 2 else None
        return cls(options.refund_term, credit, frozenset(options.marks), reason)


def opening(
    header: Header, taxpayer: Taxpayer, declaration: Declaration | Mapping[str, Decimal], choices: Choices
) -> str:
    """Everything from the XML declaration to the opening of `Ewidencja`. Raises `Refusal` at the field."""
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            f'<JPK xmlns="{NAMESPACE}"><Naglowek>',
            '<KodFormularza kodSystemowy="JPK_V7M (3)" wersjaSchemy="1-0E">JPK_VAT</KodFormularza>',
            "<WariantFormularza>3</WariantFormularza>",
            f"<DataWytworzeniaJPK>{header.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</DataWytworzeniaJPK>",
            f"<NazwaSystemu>{token(header.system, 240, 'system', 'Nazwa systemu')}</NazwaSystemu>",
            f'<CelZlozenia poz="P_7">{header.purpose}</CelZlozenia>',
            f"<KodUrzedu>{header.office_code}</KodUrzedu>",
            f"<Rok>{header.month.year}</Rok><Miesiac>{header.month.month}</Miesiac></Naglowek>",
            _taxpayer(taxpayer),
            _declaration(declaration, choices),
            "<Ewidencja>\n",
        )
    )


def _taxpayer(taxpayer: Taxpayer) -> str:
    email = token(taxpayer.email, 255, "taxpayer.email", "Adres e-mail podatnika")
    if _EMAIL.fullmatch(email) is None:
        raise Refusal("Adres e-mail podatnika nie zawiera znaku @ między nazwą a domeną.", "taxpayer.email")
    phone = ""
    if taxpayer.phone is not None:
        phone = f"<Telefon>{token(taxpayer.phone, 16, 'taxpayer.phone', 'Telefon podatnika')}</Telefon>"
    return (
        f'<Podmiot1 rola="Podatnik"><OsobaNiefizyczna><NIP>{nip(taxpayer.nip, "taxpayer.nip")}</NIP>'
        f"<PelnaNazwa>{token(taxpayer.name, 240, 'taxpayer.name', 'Pełna nazwa podatnika')}</PelnaNazwa>"
        f"<Email>{email}</Email>{phone}</OsobaNiefizyczna></Podmiot1>"
    )


def _declaration(declaration: Declaration | Mapping[str, Decimal], choices: Choices) -> str:
    given = declaration.positions if isinstance(declaration, Declaration) else declaration
    positions = {name: Decimal(amount) for name, amount in given.items()}
    if not positions.get("P_54"):
        positions.pop("P_54", None)
    if broken := check_declaration(positions):
        raise Refusal(f"Deklaracja się nie zgadza. {broken[0].message}", f"declaration.{broken[0].name}")
    refund = _refund(positions.get("P_54"), choices)
    texts = [_position(name, positions[name]) for name in AMOUNTS_BEFORE_REFUND if name in positions]
    texts.append(refund)
    if "P_62" in positions:
        texts.append(_position("P_62", positions["P_62"]))
    texts += [f"<{mark}>1</{mark}>" for mark in MARKS if mark in choices.marks]
    texts += [_position(name, positions[name]) for name in ("P_68", "P_69") if name in positions]
    if choices.reason is not None:
        texts.append(f"<P_ORDZU>{token(choices.reason, 3500, 'choices.reason', 'Uzasadnienie korekty')}</P_ORDZU>")
    return (
        '<Deklaracja><Naglowek><KodFormularzaDekl kodSystemowy="VAT-7 (23)" kodPodatku="VAT" rodzajZobowiazania="Z" '
        'wersjaSchemy="1-0E">VAT-7</KodFormularzaDekl><WariantFormularzaDekl>23</WariantFormularzaDekl></Naglowek>'
        f"<PozycjeSzczegolowe>{''.join(texts)}</PozycjeSzczegolowe><Pouczenia>1</Pouczenia></Deklaracja>"
    )


def _position(name: str, amount: Decimal) -> str:
    if abs(amount) >= LARGEST:
        raise Refusal(f"Pozycja {name} ma ponad 14 cyfr.", f"declaration.{name}")
    return f"<{name}>{int(amount)}</{name}>"


def _refund(refund: Decimal | None, choices: Choices) -> str:
    """The choice that P_54 must come with, and the credit of art. 76 Ordynacji podatkowej that may follow."""
    if refund is None:
        if choices.refund_term is not None or choices.credit is not None:
            raise Refusal("Wskazano sposób zwrotu, ale kwota do zwrotu (P_54) wynosi zero.", "choices.refund_term")
        return ""
    if choices.refund_term not in REFUND_TERMS:
        raise Refusal(
            "Wskaż sposób zwrotu: przy kwocie w P_54 zaznacza się dokładnie jedno pole.", "choices.refund_term"
        )
    term = f"<{choices.refund_term}>1</{choices.refund_term}>"
    if choices.credit is None:
        return term
    amount, liability = choices.credit
    if not 0 < amount <= refund or amount != int(amount):
        raise Refusal(
            "Zaliczenie zwrotu (P_60) to pełne złote, więcej niż zero i nie więcej niż P_54.", "choices.credit"
        )
    kind = token(liability, 240, "choices.credit", "Rodzaj przyszłego zobowiązania")
    return f"{term}<P_59>1</P_59><P_60>{int(amount)}</P_60><P_61>{kind}</P_61>"
