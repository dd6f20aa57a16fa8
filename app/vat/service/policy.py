"""What a city decides about its months and returns; each decision is a new row, the old ones stay."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.db import alone
from app.kernel.errors import Refusal
from app.vat.models import VatPolicy, VatReturnOptions
from app.vat.queries.policy import chosen
from app.vat.rules.options import Options, check
from app.vat.rules.sharing import Surplus

LONGEST_BASIS = 400


def decide(
    session: Session,
    since_on: date,
    *,
    complete_by: int,
    sign_by: int,
    surplus: Surplus,
    charges_interest: bool,
    basis: str,
) -> VatPolicy:
    """The city's habits from a day. Raises `Refusal` at the field."""
    for name, day in (("complete_by", complete_by), ("sign_by", sign_by)):
        if not 1 <= day <= 28:
            raise Refusal("Podaj dzień miesiąca od 1 do 28.", name)
    if sign_by < complete_by:
        raise Refusal(
            "Kierownik podpisuje po uzupełnieniu rejestru, więc nie może mieć wcześniejszego dnia.", "sign_by"
        )
    words = _basis(basis)
    made = VatPolicy(
        since_on=since_on, complete_by=complete_by, sign_by=sign_by, surplus=surplus,
        charges_interest=charges_interest, basis=words, set_by=session.info["actor"],
    )  # fmt: skip
    session.add(made)
    session.flush()
    after = {"complete_by": complete_by, "sign_by": sign_by, "surplus": surplus, "charges_interest": charges_interest}
    audit.record(session, "vat.policy.decide", f"vat.policy:{since_on}", after={**after, "basis": words})
    return made


def choose(session: Session, month: Month, options: Options, basis: str) -> bool:
    """The taxpayer's choices for the next version of the month's return; False when they hold already.

    Raises `Refusal` at the field. Versions already made keep the choices they were made with.

    Law: art. 87 ust. 1–6k ustawy o VAT; art. 81 § 1–2 Ordynacji podatkowej
    """
    check(options)
    words = _basis(basis)
    alone(session, "options")
    before = chosen(session, month)
    if before.number and before.options == options and before.basis == words:
        return False
    made = VatReturnOptions(
        year=month.year, month=month.month, number=before.number + 1, choices=options.stored(), basis=words,
        set_by=session.info["actor"],
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, "vat.return.choose", f"vat.return:{month}", before=before.options.stored(),
        after={**options.stored(), "basis": words},
    )  # fmt: skip
    return True


def _basis(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise Refusal("Podaj uzasadnienie: ktoś będzie o nie pytał.", "basis")
    if len(words) > LONGEST_BASIS:
        raise Refusal(f"Uzasadnienie może mieć najwyżej {LONGEST_BASIS} znaków.", "basis")
    return words
