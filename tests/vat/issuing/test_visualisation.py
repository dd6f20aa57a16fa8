"""The printed invoice: every kind and every official sample, nothing of the document left out, the same bytes again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from app.vat.filings import fa3
from app.vat.filings.fa3 import visualisation
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing.printing import printed
from app.vat.rules.issuing.building import build
from app.vat.service import issuing
from app.vat.service.issuing import sending
from app.vat.service.issuing.signing import OfflineKey
from tests.vat.invoices import PURCHASE, ksef_number
from tests.vat.issuing.samples import CITY, ISSUER, KINDS, ON, ORDINARY

KSEF = ksef_number(CITY, "20260310")

Inside = Callable[[], AbstractContextManager[Session]]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_printed(inside: Inside, name: str) -> None:
    draft, original, advances = KINDS[name]
    xml = fa3.write(build(draft, ISSUER, "SP1/FV/8/2026", original, advances))
    with inside() as session:
        made = printed(session, xml)
    assert made.startswith(b"%PDF-") and b"/StructTreeRoot" in made and b"pdfuaid" in made


def test_the_same_invoice_is_the_same_file(inside: Inside) -> None:
    xml = fa3.write(PURCHASE)
    with inside() as session:
        assert printed(session, xml, KSEF) == printed(session, xml, KSEF) != printed(session, xml)


def test_an_issued_invoice_bears_its_codes(inside: Inside, signer: OfflineKey) -> None:
    with inside() as session:
        made = issuing.issue(session, ORDINARY, ON, "offline24", signer=signer)
        xml = invoices.invoice(session, made.id).xml
        before = printed(session, xml)
        assert b"qr.ksef.mf.gov.pl/invoice/5260250274/10-03-2026/" in before
        assert b"qr.ksef.mf.gov.pl/certificate/Nip/5260250274/" in before
        sending.set_out(session, [made.id], "S")
        sending.accept(session, made.id, KSEF, None, None)
        assert printed(session, xml) != before


def test_the_code_says_offline_until_there_is_a_number() -> None:
    assert [code.label for code in visualisation.codes("https://x", "https://y", None)] == ["OFFLINE", "CERTYFIKAT"]
    assert [code.label for code in visualisation.codes("https://x", None, "123")] == ["123"]


def test_what_is_no_invoice_is_not_printed(inside: Inside) -> None:
    with inside() as session, pytest.raises(Refusal):
        printed(session, b"<x/>")


def shown(value: object) -> str:
    """Everything said on the page, in one text."""
    if isinstance(value, dict):
        return "\n".join(shown(each) for each in value.values())
    return "\n".join(shown(each) for each in value) if isinstance(value, list | tuple) else str(value)


def left_out(data: bytes) -> list[str]:
    """Texts and numbers of the document that the page does not say."""
    root = fa3.parse(data)
    page = shown(visualisation.facts(fa3.read(root), root))
    plain = page.replace("\u202f", "").replace("\u00a0", "").replace("\u2212", "-").replace(" ", "")
    missing = []
    for element in root.iter():
        text = " ".join((element.text or "").split())
        path = root.getroottree().getelementpath(element)
        if len(element) or not text or "Adnotacje" in path or etree.QName(element).localname in CODES:
            continue
        day = ".".join(reversed(text.split("-"))) if len(text) == 10 and text[4] == "-" else text
        forms = {text, day, text.replace(".", ","), f"{text},00", f"{text.replace('.', ',')}0"}
        if "." in text:
            forms |= {text.rstrip("0").rstrip(".").replace(".", ",")}
        if not any(form.replace(" ", "") in plain for form in forms):
            missing.append(f"{etree.QName(element).localname}: {text}")
    return missing


CODES = frozenset(
    {
        "KodFormularza", "WariantFormularza", "Rola", "RolaInna", "JST", "GV", "BrakID", "RodzajFaktury", "TypKorekty",
        "NrKSeF", "NrKSeFN", "FP", "TP", "NrKSeFZN", "StanPrzed", "StanPrzedZ", "P_12_Zal_15", "P_12Z_Zal_15",
        "Zaplacono", "FormaPlatnosci", "KodWaluty", "KodKraju",
    }
)  # fmt: skip
"""Said in words."""


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_left_out_of_our_own(name: str) -> None:
    draft, original, advances = KINDS[name]
    assert left_out(fa3.write(build(draft, ISSUER, "SP1/FV/8/2026", original, advances))) == []


def test_official_samples_are_printed_whole(schemas: Path, inside: Inside) -> None:
    count = 0
    for path in sorted((schemas / "ksef" / "samples").glob("*fa-3*.xml")):
        data = path.read_bytes()
        for mark in (b"#nip#", b"#nipOdbiorca#"):
            data = data.replace(mark, b"5260250274")
        assert left_out(data) == [], path.name
        with inside() as session:
            assert printed(session, data).startswith(b"%PDF-")
        count += 1
    assert count >= 4
