"""The register of VAT taxpayers: asked over HTTP in every mode of its simulator, and by its flat file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.whitelist import flat
from app.gateways.whitelist.answers import LimitReached, Unavailable
from app.gateways.whitelist.client import Client
from app.gateways.whitelist.fallback import WithFlatFile
from app.gateways.whitelist.flat import FlatFile
from app.gateways.whitelist.simulator import Known, Mode, Simulator, serving

NIP, OTHER = "1234563218", "7740001454"
ACCOUNT, STRANGE = "61109010140000071219812874", "27114020040000300201355387"
VIRTUAL = "83101010230000261395100000"
MASK = "XX10101023XXXXXXXXXXXXXXXX"
TODAY = datetime.now(ZoneInfo("Europe/Warsaw")).date()
ROUNDS = 7


@pytest.fixture
def register() -> Iterator[Simulator]:
    made = Simulator(slow_seconds=0.4)
    made.put(
        Known(NIP, "Hurtownia Papier sp. z o.o.", (ACCOUNT,), masks=(MASK,)),
        Known(OTHER, "Piekarnia Nowak", (STRANGE,), "Zwolniony"),
    )
    with serving(made):
        yield made


def test_an_account_is_the_taxpayers_or_not_and_each_answer_has_its_key(register: Simulator) -> None:
    with Client(register.url) as client:
        yes, no = client.check(NIP, ACCOUNT, TODAY), client.check(NIP, STRANGE, TODAY)
        assert (yes.assigned, no.assigned, client.check(NIP, VIRTUAL, TODAY).assigned) == (True, False, True)
        assert yes.request_id and no.request_id and yes.request_id != no.request_id
        assert yes.via == "api" and yes.on == TODAY


def test_subjects_are_searched_thirty_at_a_time_within_the_days_limit(register: Simulator) -> None:
    nips = [NIP, OTHER, *(f"{number:010d}" for number in range(40))]
    register.searches_a_day = 3
    with Client(register.url) as client:
        found = client.search(nips, TODAY)
        assert {nip: one.status for nip, one in found.items()} == {NIP: "active", OTHER: "exempt"}
        assert found[NIP].virtual and found[NIP].accounts == (ACCOUNT,)
        assert sum(register.asked.values()) == 2
        with pytest.raises(LimitReached, match="WL-191"):
            client.search(nips, TODAY)


def test_the_days_limit_of_checks_is_a_sentence(register: Simulator) -> None:
    register.checks_a_day = 1
    with Client(register.url) as client:
        client.check(NIP, ACCOUNT, TODAY)
        with pytest.raises(LimitReached, match="limit dzienny"):
            client.check(NIP, ACCOUNT, TODAY)


@pytest.mark.parametrize("mode", ["slow", "down", "broken", "malformed"])
def test_no_usable_answer_is_neither_yes_nor_no(register: Simulator, mode: Mode) -> None:
    register.mode = mode
    with Client(register.url, timeout_seconds=0.15) as client:
        with pytest.raises(Unavailable):
            client.check(NIP, ACCOUNT, TODAY)
        register.mode = "happy"
        assert client.check(NIP, ACCOUNT, TODAY).assigned


def test_a_slow_register_is_waited_for(register: Simulator) -> None:
    register.mode, register.slow_seconds = "slow", 0.1
    with Client(register.url) as client:
        assert client.check(NIP, ACCOUNT, TODAY).assigned


@pytest.mark.parametrize(
    ("nip", "on", "code"), [("12345", TODAY, "WL-113"), (NIP, TODAY + timedelta(days=2), "WL-103")]
)
def test_a_question_that_the_register_refuses_names_its_code(
    register: Simulator, nip: str, on: date, code: str
) -> None:
    with Client(register.url) as client, pytest.raises(Unavailable, match=code):
        client.check(nip, ACCOUNT, on)


def test_the_flat_file_answers_as_the_service_does(register: Simulator) -> None:
    file = FlatFile.read(register.flat_file(TODAY, ROUNDS))
    found = {account: file.check(NIP, account, TODAY) for account in (ACCOUNT, STRANGE, VIRTUAL)}
    assert {account: one.assigned for account, one in found.items()} == {ACCOUNT: True, STRANGE: False, VIRTUAL: True}
    assert (found[ACCOUNT].via, found[ACCOUNT].file_on, found[ACCOUNT].request_id) == ("flat", TODAY, None)
    assert file.check(OTHER, STRANGE, TODAY).status == "exempt"
    with pytest.raises(Unavailable, match="Plik płaski jest z dnia"):
        file.check(NIP, ACCOUNT, TODAY - timedelta(days=1))


def test_a_digest_is_sha512_of_the_hexadecimal_text_so_many_times() -> None:
    once = flat.digest(date(2019, 10, 18), "1111111111", "90249000050247256316596736", 1)
    twice = flat.digest(date(2019, 10, 18), "1111111111", "90249000050247256316596736", 2)
    assert once.hex() == hashlib.sha512(b"20191018111111111190249000050247256316596736").hexdigest()
    assert twice.hex() == hashlib.sha512(once.hex().encode()).hexdigest()


@given(st.text("0123456789", min_size=26, max_size=26), st.text("0123456789XY", min_size=26, max_size=26))
def test_a_mask_keeps_what_counts_and_hides_what_does_not(account: str, mask: str) -> None:
    found = flat.masked(mask, account)
    fits = all(not sign.isdigit() or sign == own for sign, own in zip(mask, account, strict=True))
    assert (found is not None) == fits
    if found is not None:
        assert all((sign == "X") == (shown == "X") for sign, shown in zip(mask, found, strict=True))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b'{"naglowek": {}}',
     json.dumps({"naglowek": {"dataGenerowaniaDanych": "20260101", "liczbaTransformacji": "0"},
                 "skrotyPodatnikowCzynnych": [], "skrotyPodatnikowZwolnionych": [], "maski": []}).encode(),
     json.dumps({"naglowek": {"dataGenerowaniaDanych": "20260101", "liczbaTransformacji": "5"},
                 "skrotyPodatnikowCzynnych": ["ab"], "skrotyPodatnikowZwolnionych": [], "maski": []}).encode(),
     json.dumps({"naglowek": {"dataGenerowaniaDanych": "20260101", "liczbaTransformacji": "5"},
                 "skrotyPodatnikowCzynnych": [], "skrotyPodatnikowZwolnionych": [], "maski": ["12X"]}).encode()],
)  # fmt: skip
def test_a_file_that_is_no_flat_file_is_refused(data: bytes) -> None:
    with pytest.raises(Unavailable, match="uszkodzony"):
        FlatFile.read(data)


def test_while_the_service_is_silent_the_days_file_answers(register: Simulator, tmp_path: Path) -> None:
    with Client(register.url, timeout_seconds=0.15) as client:
        asked = WithFlatFile(client, tmp_path)
        assert asked.check(NIP, ACCOUNT, TODAY).via == "api"
        register.mode = "down"
        with pytest.raises(Unavailable, match="nie odpowiada"):
            asked.check(NIP, ACCOUNT, TODAY)
        (tmp_path / f"{TODAY:%Y%m%d}.json").write_bytes(register.flat_file(TODAY, ROUNDS))
        assert (asked.check(NIP, ACCOUNT, TODAY).via, asked.check(NIP, STRANGE, TODAY).assigned) == ("flat", False)
        yesterday = TODAY - timedelta(days=1)
        (tmp_path / f"{yesterday:%Y%m%d}.json").write_bytes(b"{")
        with pytest.raises(Unavailable, match="uszkodzony"):
            asked.check(NIP, ACCOUNT, yesterday)
