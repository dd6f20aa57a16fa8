"""Numbers: patterns that cannot repeat, prefixes in one form, terms of sending, addresses in QR codes."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.kernel.errors import Refusal
from app.vat.rules.issuing import numbering
from app.vat.rules.issuing.sending import encoded, invoice_link, send_by
from app.vat.service.issuing.signing import OfflineKey

MARCH = date(2026, 3, 10)


def test_a_number_says_whose_which_and_when() -> None:
    yearly = numbering.pattern(numbering.DEFAULT_PATTERN)
    assert (yearly.number("SP1", "KOR_ZAL", 7, MARCH), yearly.period(MARCH)) == ("SP1/FK/7/2026", "2026")
    monthly = numbering.pattern("{prefix}/{series}/{number}/{month}/{year}")
    assert (monthly.number("SP1", "VAT", 7, MARCH), monthly.period(MARCH)) == ("SP1/FV/7/03/2026", "2026-03")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{series}/{prefix}/{number}/{year}", "zaczyna się od"),
        ("{prefix}/{number}/{year}", "brakuje {series}"),
        ("{prefix}/{series}/{number}", "brakuje {year}"),
        ("{prefix}/{series}/{number}/{year}/{year}", "tylko raz"),
        ("{prefix}-{series}/{number}/{year}", "nie może być"),
        ("{prefix}/{series}/{number}/{year}/{0.__class__}", "nie może być"),
    ],
)
def test_a_pattern_that_could_repeat_a_number_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        numbering.pattern(pattern)
    assert said in refused.value.message and refused.value.field == "pattern"


@pytest.mark.parametrize("text", ["", "SP/1", "-SP1", "SP1-", "szkoła", "A" * 17])
def test_a_prefix_has_one_form(text: str) -> None:
    assert numbering.prefix(" sp-1 ") == "SP-1"
    with pytest.raises(Refusal, match="Przedrostek"):
        numbering.prefix(text)


@pytest.mark.parametrize(
    ("issued", "last"),
    [
        (date(2026, 3, 10), date(2026, 3, 11)),
        (date(2026, 3, 13), date(2026, 3, 16)),
        (date(2026, 4, 30), date(2026, 5, 4)),
        (date(2026, 12, 23), date(2026, 12, 28)),
    ],
)
def test_an_offline_invoice_goes_by_the_next_working_day(issued: date, last: date) -> None:
    assert send_by(issued) == last


def test_the_address_of_an_invoice_is_the_official_one() -> None:
    """The example of the Ministry's documentation, on the address of production."""
    sha256 = b"UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"
    import base64

    raw = base64.urlsafe_b64decode(sha256 + b"=")
    assert invoice_link("1111111111", date(2026, 2, 1), raw) == (
        "https://qr.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"
    )


def test_the_certificates_code_is_signed_by_its_key(signer: OfflineKey) -> None:
    sha256 = hashlib.sha256(b"<Faktura/>").digest()
    link = signer.link("5260250274", sha256, MARCH)
    path, _, signature = link.rpartition("/")
    assert path == (
        f"https://qr.ksef.mf.gov.pl/certificate/Nip/5260250274/5260250274/01F20A5D352AE590/{encoded(sha256)}"
    )
    import base64

    raw = base64.urlsafe_b64decode(signature + "==")
    key = x509.load_pem_x509_certificate(signer.certificate).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(der, path.removeprefix("https://").encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(der, path.encode(), ec.ECDSA(hashes.SHA256()))


def test_a_certificate_that_does_not_hold_signs_nothing(signer: OfflineKey) -> None:
    with pytest.raises(Refusal, match="jest ważny od"):
        signer.link("5260250274", b"x" * 32, date(2025, 12, 31))
    with pytest.raises(Refusal, match="musi zawierać"):
        OfflineKey.of(b"-----BEGIN CERTIFICATE-----\n", "5260250274")
    with pytest.raises(Refusal, match="nie da się odczytać"):
        OfflineKey(signer.certificate, b"nic", "5260250274").link("5260250274", b"x" * 32, MARCH)
