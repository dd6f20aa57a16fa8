"""Issuing: number, bytes, hash and register row come together or not at all; what is issued never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.vat.filings import fa3
from app.vat.models import SalesInvoice, VatPeriod, sale
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing import sending as due
from app.vat.rules.issuing.draft import Correction
from app.vat.service import issuing
from app.vat.service.issuing import sending
from app.vat.service.issuing.issue import Faulty
from app.vat.service.issuing.signing import OfflineKey
from tests.vat.invoices import ksef_number
from tests.vat.issuing.samples import ADVANCE, CITY, FINAL, ISSUER, ON, ORDINARY, PERSON, line

Inside = Callable[[], AbstractContextManager[Session]]
KSEF = ksef_number(CITY, "20260310")


def _accept(session: Session, key: object, number: str = KSEF) -> None:
    sending.set_out(session, [key], "SESJA")  # type: ignore[list-item]
    sending.accept(session, key, number, None, b"<UPO/>")  # type: ignore[arg-type]


def _rows(session: Session) -> list[tuple[str, str, D | None]]:
    query = select(sale.c.document_no, sale.c.marker, sale.c.k_19).where(sale.c.void_reason.is_(None))
    return [(row.document_no, row.marker, row.k_19) for row in session.execute(query.order_by(sale.c.id))]


def test_an_invoice_gets_its_number_its_seal_and_its_row(inside: Inside) -> None:
    with inside() as session:
        made = issuing.issue(session, ORDINARY, ON)
        found = invoices.invoice(session, made.id)
        assert (made.number, found.state, found.month) == ("SP1/FV/1/2026", "issued", Month(2026, 3))
        assert hashlib.sha256(found.xml).digest() == found.sha256
        assert fa3.read(found.xml).number == made.number
        assert _rows(session) == [("SP1/FV/1/2026", "OFF", D("300.00"))]
        assert issuing.issue(session, ORDINARY, ON).number == "SP1/FV/2/2026"
        assert issuing.issue(session, replace(ADVANCE), ON).number == "SP1/FZ/1/2026"


def test_a_draft_is_issued_once(inside: Inside) -> None:
    with inside() as session:
        key = issuing.save(session, ORDINARY)
        issuing.issue(session, ORDINARY, ON, key=key)
        assert invoices.draft(session, key) is None
        with pytest.raises(Conflict, match="już wystawiona"):
            issuing.issue(session, ORDINARY, ON, key=key)
        with pytest.raises(Conflict, match="już wystawiona"):
            issuing.save(session, ORDINARY, key)


def test_a_wrong_draft_takes_no_number(inside: Inside) -> None:
    with inside() as session:
        with pytest.raises(Faulty) as refused:
            issuing.issue(session, replace(ORDINARY, lines=(line("zw"), line(price="1", quantity=D(0)))), ON)
        assert {one.field for one in refused.value.findings} >= {"exemption", "lines[1].quantity"}
        assert issuing.issue(session, ORDINARY, ON).number == "SP1/FV/1/2026"


def test_a_closed_month_takes_no_invoice(inside: Inside) -> None:
    with inside() as session:
        session.add(VatPeriod(year=2026, month=3, state="completed"))
        session.flush()
        with pytest.raises(Conflict, match="2026-03 jest zamknięty"):
            issuing.issue(session, ORDINARY, ON)


def test_what_is_issued_never_changes(inside: Inside) -> None:
    with inside() as session:
        key = issuing.issue(session, ORDINARY, ON).id
        for change in (
            update(SalesInvoice).where(SalesInvoice.id == key).values(gross=D(1)),
            update(SalesInvoice).where(SalesInvoice.id == key).values(content=b""),
            delete(SalesInvoice).where(SalesInvoice.id == key),
        ):
            with pytest.raises(DBAPIError), session.begin_nested():
                session.execute(change)


def test_an_accepted_invoice_marks_its_row(inside: Inside) -> None:
    with inside() as session:
        key = issuing.issue(session, ORDINARY, ON).id
        assert [one.id for one in due.to_send(session, 10)] == [key]
        _accept(session, key)
        sending.accept(session, key, KSEF, None, None)
        assert _rows(session) == [("SP1/FV/1/2026", "NrKSeF", D("300.00"))]
        assert invoices.invoice(session, key).upo == b"<UPO/>"
        with pytest.raises(Conflict, match="ma już numer"):
            sending.accept(session, key, ksef_number(CITY, "20260311"), None, None)


def test_a_number_that_comes_after_the_month_waits_for_its_row(inside: Inside) -> None:
    with inside() as session:
        key = issuing.issue(session, ORDINARY, ON).id
        period = session.get(VatPeriod, (2026, 3))
        assert period is not None
        period.state = "published"
        session.flush()
        _accept(session, key)
        assert _rows(session)[0][1] == "OFF"
        assert not invoices.invoice(session, key).marked
        assert sending.catch_up(session) == 0
        period.state = "open"
        session.flush()
        assert sending.catch_up(session) == 1
        assert _rows(session)[0][1] == "NrKSeF"


def test_a_correction_waits_for_the_number_of_what_it_corrects(inside: Inside) -> None:
    change = replace(ORDINARY, kind="KOR", lines=(line(quantity=D(2)),), correction=Correction("pomyłka"))
    with inside() as session:
        key = issuing.issue(session, ORDINARY, ON).id
        with pytest.raises(Faulty, match="nie ma jeszcze numeru KSeF"):
            issuing.issue(session, change, ON, corrects_id=key)
        _accept(session, key)
        first = issuing.issue(session, change, ON, corrects_id=key)
        again = replace(change, lines=(line(quantity=D(1)),))
        second = issuing.issue(session, again, ON, corrects_id=first.id)
        amounts = [fa3.read(invoices.invoice(session, one.id).xml).gross for one in (first, second)]
        assert amounts == [D("-123.00"), D("-123.00")]
        assert [one[1] for one in invoices.invoice(session, key).corrections] == [first.number, second.number]
        with pytest.raises(Faulty, match="niczego nie zmienia"):
            issuing.issue(session, again, ON, corrects_id=key)
        assert sum(row[2] or D(0) for row in _rows(session)) == D("100.00")


def test_a_final_invoice_takes_off_its_advances(inside: Inside) -> None:
    with inside() as session:
        advance = issuing.issue(session, ADVANCE, ON).id
        with pytest.raises(Faulty, match="nie ma jeszcze numeru KSeF"):
            issuing.issue(session, FINAL, ON, advance_ids=[advance])
        _accept(session, advance)
        assert [row.id for row in invoices.open_advances(session)] == [advance]
        made = issuing.issue(session, FINAL, ON, advance_ids=[advance])
        read = fa3.read(invoices.invoice(session, made.id).xml)
        assert (read.gross, read.advances) == (D("246.00"), ((None, KSEF),))
        assert invoices.open_advances(session) == []


def test_a_refused_online_invoice_goes_again_under_its_number(inside: Inside) -> None:
    with inside() as session:
        key = issuing.issue(session, ORDINARY, ON).id
        with pytest.raises(Conflict, match="odrzucił"):
            issuing.reissue(session, key, ON)
        sending.set_out(session, [key], "SESJA")
        sending.reject(session, key, 450, "Błąd weryfikacji semantyki dokumentu faktury")
        assert _rows(session)[0][:2] == ("SP1/FV/1/2026", "OFF")
        with pytest.raises(Refusal, match="tym samym plikiem"), session.begin_nested():
            issuing.reissue(session, key, ON)
        again = issuing.reissue(session, key, ON, replace(ORDINARY, buyer=PERSON))
        assert again.number == "SP1/FV/1/2026"
        assert invoices.invoice(session, key).state == "replaced"
        assert _rows(session) == [("SP1/FV/1/2026", "OFF", D("300.00"))]
        assert due.to_send(session, 10)[0].hash_of_corrected is None


def test_a_number_that_ksef_knows_already_is_left_behind(inside: Inside) -> None:
    with inside() as session:
        key = issuing.issue(session, ORDINARY, ON).id
        sending.set_out(session, [key], "SESJA")
        sending.reject(session, key, 440, "Duplikat faktury")
        assert issuing.reissue(session, key, ON).number == "SP1/FV/2/2026"


def test_an_offline_invoice_keeps_its_content_and_names_the_refused_file(inside: Inside, signer: OfflineKey) -> None:
    with inside() as session:
        with pytest.raises(Refusal, match="certyfikatem KSeF"):
            issuing.issue(session, ORDINARY, ON, "offline24")
        made = issuing.issue(session, ORDINARY, ON, "offline24", signer=signer)
        found = invoices.invoice(session, made.id)
        assert found.send_by_on == date(2026, 3, 11)
        assert found.certificate_link and "/certificate/Nip/5260250274/5260250274/01F20A5D352AE590/" in (
            found.certificate_link
        )
        sending.set_out(session, [made.id], "SESJA")
        sending.reject(session, made.id, 430, "Błąd")
        with pytest.raises(Refusal, match="nabywca już ją ma"):
            issuing.reissue(session, made.id, ON, replace(ORDINARY, buyer=PERSON), signer=signer)
        issuing.set_issuer(session, replace(ISSUER, place="Kielce, Szkolna 5"), date(2026, 2, 2))
        again = issuing.reissue(session, made.id, ON, signer=signer)
        ready = due.to_send(session, 10)[0]
        assert (ready.id, ready.offline, ready.hash_of_corrected) == (again.id, True, found.sha256)


def test_nobody_issues_before_the_city_said_who_sells(inside: Inside) -> None:
    with inside() as session, pytest.raises(Refusal, match="urząd musi nadać"):
        issuing.issue(session, replace(ORDINARY, issued_on=date(2026, 1, 31)), ON, key=uuid7())
