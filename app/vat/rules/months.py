"""The month of VAT that one invoice belongs to, as far as the invoice itself tells."""

from __future__ import annotations

from datetime import date

from app.kernel.dates import Month
from app.vat.rules.facts import Invoice, InvoiceSide
from app.vat.rules.register import ksef_day

BACK_TO_ORIGINAL = 1
"""TypKorekty: the correction takes effect where the corrected invoice was booked."""


def vat_month(invoice: Invoice, ksef_number: str | None, side: InvoiceSide) -> Month:
    """The month of the tax obligation for a sale, of receipt for a purchase (never before the obligation).

    A correction of a sale with TypKorekty 1 goes to the month of the corrected invoice (of the latest one, when it
    corrects many), any other to its own. One of a purchase goes to the month of its receipt, whatever the seller's
    TypKorekty says: raised tax may be deducted when the correction is here, lowered tax falls due then. A period
    (P_6_Od, P_6_Do) does not move the month: what towns bill by periods is media and rent, due with the invoice.
    Whether that month is still open is the unit's business.

    Law: art. 19a ust. 1, 5 pkt 4 i ust. 8, art. 29a ust. 13–17, art. 86 ust. 10, 10b pkt 1 i 19a ustawy o VAT
    """
    if invoice.corrected:
        if side == "purchase":
            return Month.of(_received(invoice.issued_on, ksef_number))
        if invoice.correction_effect == BACK_TO_ORIGINAL:
            return max(Month.of(issued_on) for issued_on, _, _ in invoice.corrected)
        return Month.of(invoice.issued_on)
    supplied = Month.of(_supplied_on(invoice) or invoice.issued_on)
    if side != "purchase":
        return supplied
    return max(supplied, Month.of(_received(invoice.issued_on, ksef_number)))


def _received(issued_on: date, ksef_number: str | None) -> date:
    """By law an invoice is received when KSeF gives it a number; one without a number, on the day of its issue.

    A number given years later is a slip in the number, and tells nothing.

    Law: art. 106na ust. 3 ustawy o VAT
    """
    day = ksef_day(ksef_number)
    return issued_on if day is None or day.year > issued_on.year + 1 else day


def _supplied_on(invoice: Invoice) -> date | None:
    """The day of supply (of the payment, for an advance), the last one when the lines differ."""
    days = [line.sold_on for line in invoice.lines if line.sold_on and not line.before_correction]
    return invoice.sold_on or max(days, default=None)
