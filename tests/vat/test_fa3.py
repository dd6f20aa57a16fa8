"""FA(3): what is read, what the schema says, what is written, and that nothing hostile gets further than a refusal."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.vat.filings import fa3
from app.vat.rules.facts import Address, Invoice, Party
from tests.official import FORMATS
from tests.vat.invoices import CITY, MUNICIPALITY, OTHER, PURCHASE, SALE, ksef_number, line, money, total

SAMPLES = FORMATS / "ksef" / "samples"

KSEF = ksef_number()
CORRECTION = replace(
    PURCHASE,
    kind="KOR",
    corrected=((date(2026, 2, 1), "FV/2026/02/3", KSEF), (date(2026, 2, 2), "FV/2026/02/4", None)),
    correction_reason="zwrot towaru",
    correction_effect=2,
    corrected_period="luty 2026",
    totals=(total("1", "-100.00", "-23.00"),),
    gross=money("-123.00"),
    lines=(line("100.00", before_correction=True), line("0", no=2)),
)
ADVANCE = replace(
    SALE,
    kind="ZAL",
    currency="EUR",
    exchange_rate=money("4.2512"),
    totals=(total("1", "100.00", "23.00", "97.78"),),
    lines=(),
    order_gross=money("1230.00"),
    order_lines=(line("1000.00", tax=money("230.00"), gtu="GTU_10", quantity=money("1"), unit="szt."),),
)
RICH = replace(
    PURCHASE,
    buyer=replace(
        MUNICIPALITY,
        correspondence=Address("ul. Szkolna 5", "25-001 Kielce", gln="5900000000000"),
        emails=("a@kielce.eu", "b@kielce.eu"),
        phones=("412345678",),
        customer_no="K-17",
    ),
    others=(
        Party("Szkoła Podstawowa nr 12", internal_id=f"{CITY}-00011", role=8, address=Address("ul. Szkolna 5")),
        Party("Faktor S.A.", nip=OTHER, role=1, customer_no="9"),
        Party('Ktoś <&> "inny"', role_text="kierownik budowy"),
        Party("GmbH", vat_eu="123456789", country="DE", role=4),
        Party("Inc.", foreign_id="AB-1", country="US", role=6),
    ),
    sold_on=None,
    period_from_on=date(2026, 2, 1),
    period_to_on=date(2026, 2, 28),
    totals=(total("1", "100.00", "23.00"), total("6_1", "5.00"), total("7", "10.50"), total("11", "7")),
    gross=money("145.50"),
    lines=(
        line(gtu="GTU_12", procedure="B_SPV", quantity=money("2.5"), unit="szt.", unit_price=money("40.00000001")),
        line(
            "", "zw", 2, gross=money("10.50"), gross_unit_price=money("10.5"), sold_on=date(2026, 2, 3), annex_15=True
        ),
    ),
    annotations={
        **{key: value for key, value in PURCHASE.annotations.items() if key not in ("P_19N", "P_PMarzyN")},
        "P_18A": "1",
        "P_19": "1",
        "P_19A": "art. 43 ust. 1 pkt 24",
        "P_PMarzy": "1",
        "P_PMarzy_3_1": "1",
    },
    fp=True,
    tp=True,
    descriptions=(("Odbiorca", "SP 12"), ("Uwagi", "zażółć gęślą jaźń")),
    contracts=("U/1/2026",),
    orders=("Z/2/2026", "Z/3/2026"),
    delivery_texts=("ul. Szkolna 5, 25-001 Kielce",),
    bank_accounts=("61109010140000071219812874",),
    footer=("Kapitał zakładowy 5000 zł",),
    due_on=date(2026, 3, 16),
    place="Kielce",
    advances=(("ZAL/1", None), (None, KSEF)),
    payment_form=6,
)
FOREIGN = replace(
    PURCHASE,
    currency="EUR",
    exchange_rate=money("4.25"),
    totals=(total("1", "100.00", "23.00", "97.75"),),
    lines=(line(exchange_rate=money("4.25")),),
    paid_on=date(2026, 3, 2),
    sold_on=date(2026, 3, 1),
)


@pytest.mark.parametrize(
    "invoice", [PURCHASE, SALE, CORRECTION, ADVANCE, RICH, FOREIGN], ids=["plain", "sale", "KOR", "ZAL", "rich", "EUR"]
)
def test_what_is_written_is_valid_and_reads_back_the_same(invoice: Invoice) -> None:
    data = fa3.write(invoice)
    assert fa3.schema_errors(data) == []
    assert fa3.read(data) == invoice


TOKEN = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u00a0"), min_size=1, max_size=60
).map(lambda text: re.sub(" +", " ", text).strip(" ") or "x")
AMOUNT = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@given(name=TOKEN, number=TOKEN, text=TOKEN, value=TOKEN, net=AMOUNT, tax=AMOUNT)
def test_any_text_and_amount_survives_writing_and_reading(
    name: str, number: str, text: str, value: str, net: object, tax: object
) -> None:
    invoice = replace(
        PURCHASE,
        seller=replace(PURCHASE.seller, name=name),
        number=number,
        lines=(line(str(net), text=text),),
        totals=(total("1", str(net), str(tax)),),
        descriptions=((text, value),),
    )
    assert fa3.read(fa3.write(invoice)) == invoice


def test_writing_says_which_fact_makes_no_invoice() -> None:
    with pytest.raises(Refusal, match="nie powstanie poprawna faktura"):
        fa3.write(replace(PURCHASE, currency="ZŁ"))
    with pytest.raises(Refusal, match="nie można zapisać w XML"):
        fa3.write(replace(PURCHASE, number="FV\x00"))
    with pytest.raises(Refusal, match="P_22"):
        fa3.write(replace(PURCHASE, annotations={"P_22": "1"}))


def test_time_of_making_is_written_in_utc() -> None:
    data = fa3.write(PURCHASE, created_at=datetime(2026, 3, 2, 7, 30, tzinfo=UTC), system="Test")
    assert b"<DataWytworzeniaFa>2026-03-02T07:30:00Z</DataWytworzeniaFa><SystemInfo>Test</SystemInfo>" in data


XML = fa3.write(RICH)


def changed(old: str, new: str) -> bytes:
    assert old.encode() in XML
    return XML.replace(old.encode(), new.encode(), 1)


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("<P_15>145.50</P_15>", "", "Fa/Adnotacje", "P_15"),
        ("<P_15>145.50<", "<P_15>145,50<", "Fa/P_15", "„145,50”"),
        ("<P_15>145.50<", "<P_15>145.505<", "Fa/P_15", "za dużo cyfr"),
        ("<JST>1<", "<JST>0<", "Podmiot2/JST", "spoza listy"),
        ("<Rola>8<", "<Rola>12<", "Podmiot3/Rola", "spoza listy"),
        ("<P_1>2026-03-02<", "<P_1>2026-13-02<", "Fa/P_1", "niezgodna"),
        ("<P_1>2026-03-02<", "<P_1>2055-03-02<", "Fa/P_1", "zakresem"),
        (' wersjaSchemy="1-0E"', "", "Naglowek/KodFormularza", "brakuje atrybutu wersjaSchemy"),
        ("<P_2>FV/2026/03/17<", "<P_2><", "Fa/P_2", "za krótki"),
        ("<P_2>FV/2026/03/17<", f"<P_2>{'x' * 257}<", "Fa/P_2", "256"),
        ("<Fa>", "<Fa a='1'>", "Fa", "niedozwolony atrybut a"),
        ("<GV>2</GV>", "<GV>2</GV>tekst", "Podmiot2", "nie może być takiej treści"),
        (
            f"<IDWew>{CITY}-00011",
            f"<NIP>{CITY}</NIP><IDWew>{CITY}-00011",
            "Podmiot3/DaneIdentyfikacyjne/IDWew",
            "miejscu",
        ),
    ],
)
def test_schema_findings_name_the_element_and_its_fault_in_polish(old: str, new: str, field: str, words: str) -> None:
    findings = fa3.schema_errors(changed(old, new))
    assert findings and findings[0].severity == "error" and findings[0].code == "schema"
    assert findings[0].field == field
    assert words in findings[0].message and "Element" not in findings[0].message
    assert findings[0].line and len({(each.line, each.field) for each in findings}) == len(findings)


def test_a_document_with_thousands_of_faults_gives_a_readable_list() -> None:
    many = XML.replace(b"<FaWiersz>", b"<FaWiersz>\n<Zle/>" * 1, 1)
    broken = many.replace(b"<Stopka>", b"<Stopka>" + b"\n<Zle/>" * 3000)
    assert 1 <= len(fa3.schema_errors(broken)) <= 50


def test_both_numbers_of_a_unit_are_read_even_if_the_schema_allows_one() -> None:
    invoice = fa3.read(changed(f"<IDWew>{CITY}-00011", f"<NIP>{OTHER}</NIP><IDWew>{CITY}-00011"))
    assert (invoice.others[0].nip, invoice.others[0].internal_id) == (OTHER, f"{CITY}-00011")


def test_comments_cannot_hide_a_part_of_a_text() -> None:
    data = changed("<P_2>FV/2026/03/17<", "<P_2>FV/<!-- x -->2026<?pi x?>/03<![CDATA[/17]]><")
    assert fa3.read(data).number == "FV/2026/03/17"


def test_namespace_prefix_and_byte_order_mark_do_not_matter() -> None:
    prefixed = re.sub(rb"<(/?)([A-Z])", rb"<\1f:\2", XML).replace(b"xmlns=", b"xmlns:f=")
    assert fa3.read(b"\xef\xbb\xbf" + prefixed) == RICH
    assert fa3.schema_errors(prefixed) == []


BOMB = (
    b'<!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "pusty"),
        (b" \n", "pusty"),
        (b"to nie XML", "nie jest poprawnym dokumentem XML"),
        (XML[:-40], "nie jest poprawnym dokumentem XML"),
        (b"<Faktura/>", "nie jest faktura FA(3)"),
        (XML.replace(b"<Faktura", b"<!DOCTYPE Faktura><Faktura", 1), "DOCTYPE"),
        (XML.replace(b"<Faktura", BOMB + b"<Faktura", 1).replace(b"FV/2026/03/17", b"&d;"), "DOCTYPE"),
        (
            XML.replace(b"<Faktura", b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><Faktura', 1).replace(
                b"FV/2026/03/17", b"&x;"
            ),
            "DOCTYPE",
        ),
        (XML.decode().replace("'UTF-8'", "'UTF-16'").encode("utf-16"), "UTF-16"),
        (b"<?xml version='1.0' encoding='klingon'?>" + XML.split(b"?>", 1)[1], "nie jest poprawnym dokumentem XML"),
        (XML.replace(b"/2025/06/25/13775/", b"/2023/06/29/12648/"), "FA(2)"),
        (b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>', "PEF"),
        (b'<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3"/>', "UPO"),
        (
            b'<Faktura xmlns="http://example.org/rr"><Naglowek><KodFormularza kodSystemowy="FA_RR (1)">FA_RR'
            b"</KodFormularza></Naglowek></Faktura>",
            "FA_RR (1)",
        ),
    ],
)
def test_what_is_no_fa3_is_refused_with_its_reason(data: bytes, words: str) -> None:
    for reading in (fa3.parse, fa3.read, fa3.schema_errors):
        with pytest.raises(Refusal) as refused:
            reading(data)
        assert words in refused.value.message


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("<P_15>145.50<", "<P_15>NaN<", "Fa/P_15"),
        ("<P_15>145.50<", "<P_15>1e99<", "Fa/P_15"),
        ("<P_15>145.50<", "<P_15>١٢<", "Fa/P_15"),
        ("<P_1>2026-03-02<", "<P_1>2026-02-30<", "Fa/P_1"),
        ("<P_1>2026-03-02<", "<P_1>2026-W10-1<", "Fa/P_1"),
        ("<P_1>2026-03-02</P_1>", "", "Fa/P_1"),
        ("<RodzajFaktury>VAT</RodzajFaktury>", "", "Fa/RodzajFaktury"),
        ("<Rola>8<", "<Rola>osiem<", "Podmiot3/Rola"),
    ],
)
def test_unreadable_facts_are_refused_with_their_path(old: str, new: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        fa3.read(changed(old, new))
    assert refused.value.field == field


MUTATION = st.tuples(st.integers(0, len(XML) - 1), st.integers(0, 4), st.binary(max_size=6))


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MUTATION, min_size=1, max_size=6))
def test_a_mutilated_document_is_read_or_refused_never_worse(mutations: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(XML)
    for at, cut, put in mutations:
        data[at : at + cut] = put
    taken(bytes(data))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    taken(data)


@settings(max_examples=300)
@given(st.sampled_from(sorted(set(re.findall(rb"<([A-Za-z0-9_]+)>[^<]*</", XML)))), st.text(max_size=30))
def test_any_text_in_any_field_is_read_or_refused(tag: bytes, text: str) -> None:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "replace")
    taken(re.sub(b"<" + tag + b">[^<]*<", lambda _: b"<" + tag + b">" + safe + b"<", XML, count=1))


def taken(data: bytes) -> None:
    try:
        root = fa3.parse(data)
        fa3.schema_errors(root)
        fa3.read(root)
    except Refusal as refusal:
        assert refusal.message.endswith(".")


def test_official_samples_are_read() -> None:
    if not SAMPLES.is_dir():
        pytest.skip(f"no official samples at {SAMPLES}")
    ids = iter(range(11, 99))
    for path in sorted(SAMPLES.glob("invoice-template-fa-3*.xml")):
        text = re.sub("#(idwew|IdWew)[^#]*#", lambda _: f"{CITY}-{next(ids):05d}", path.read_text())
        text = re.sub("#[Ii]nvoice[^#]*#", "FV/1", text)
        root = fa3.parse(re.sub("#[^#]*#", CITY, text).encode())
        invoice = fa3.read(root)
        assert invoice.kind == "VAT" and invoice.gross and invoice.lines and invoice.annotations["P_16"] == "2"
        # one official template gives both NIP and IDWew where its own schema takes one of them
        both = [other for other in invoice.others if other.nip and other.internal_id]
        wanted = ["Faktura/Podmiot3/DaneIdentyfikacyjne/IDWew" for _ in both]
        assert [f"Faktura/{finding.field}" for finding in fa3.schema_errors(root)] == wanted
    with pytest.raises(Refusal, match=r"FA\(2\)"):
        fa3.read((SAMPLES / "faktura-online.xml").read_bytes())


def test_the_schema_is_found_without_importing_the_heavy_client() -> None:
    program = (
        "import sys; from app.vat.filings import fa3; from tests.vat.test_fa3 import XML; fa3.schema_errors(XML);"
        "sys.exit(any(name.startswith('ksef_client') for name in sys.modules))"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
