"""Getting in: by token, by certificate, for as long as it lasts; and whom KSeF keeps out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from app.gateways.ksef import Access, ByCertificate, NotAuthorised, Unlimited, Window, connect
from app.gateways.ksef.simulator import Simulator, running
from tests.gateways.conftest import enter, hour_ago, now
from tests.vat.invoices import CITY, OTHER


def certificate(nip: str, *, elliptic: bool = True) -> ByCertificate:
    """A seal of an organisation, as KSeF certificates are."""
    key = ec.generate_private_key(ec.SECP256R1()) if elliptic else rsa.generate_private_key(65537, 2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Gmina"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATPL-{nip}"),
        ]
    )
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=700)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ByCertificate(made.public_bytes(serialization.Encoding.PEM).decode(), pem.decode())


@pytest.mark.parametrize("elliptic", [True, False], ids=["ECDSA", "RSA"])
def test_a_certificate_opens_the_context_it_names(ksef: Simulator, elliptic: bool) -> None:
    access = Access(ksef.url, CITY, certificate(CITY, elliptic=elliptic))
    with connect(access, limiter=Unlimited()) as gateway:
        gateway.log_in()
        assert "rates" in gateway.limits()


def test_a_certificate_of_another_or_a_key_of_another_opens_nothing(ksef: Simulator) -> None:
    other, own = certificate(OTHER), certificate(CITY)
    with (
        connect(Access(ksef.url, CITY, other), limiter=Unlimited()) as gateway,
        pytest.raises(NotAuthorised, match="nie ma uprawnień"),
    ):
        gateway.log_in()
    mixed = Access(ksef.url, CITY, ByCertificate(own.certificate, other.key))
    with (
        connect(mixed, limiter=Unlimited()) as gateway,
        pytest.raises(NotAuthorised, match="nie pasuje"),
    ):
        gateway.log_in()


@pytest.mark.parametrize("token", ["nie-ten", "sim-7740001454", ""])
def test_a_wrong_token_is_refused_and_never_told(ksef: Simulator, token: str) -> None:
    with enter(ksef, token=token or "x") as gateway, pytest.raises(NotAuthorised, match="połącz miasto") as met:
        gateway.log_in()
    assert token == "" or token not in met.value.message


@pytest.mark.parametrize("minutes", [16, 60 * 24 * 6, 60 * 24 * 9])
def test_a_session_lasts_as_long_as_it_is_needed(ksef: Simulator, minutes: int) -> None:
    """Past the access token, before and past the end of the refresh token."""
    with enter(ksef) as gateway:
        gateway.metadata(Window("Subject2", hour_ago(ksef)))
        ksef.store.advance(minutes * 60)
        gateway.metadata(Window("Subject2", hour_ago(ksef)))


def test_a_clock_that_is_wrong_by_an_hour_is_noticed(ksef: Simulator) -> None:
    ksef.store.set("skew_s", -3600)
    with enter(ksef) as gateway:
        gateway.metadata(Window("Subject2", hour_ago(ksef) - timedelta(hours=1)))
        assert gateway.skew is not None and abs(gateway.skew + timedelta(hours=1)) < timedelta(seconds=10)
        ksef.store.advance(14 * 60)
        gateway.metadata(Window("Subject2", hour_ago(ksef) - timedelta(hours=1)))


def test_two_simulators_with_one_state_are_the_same(tmp_path: Path) -> None:
    with running(tmp_path / "a") as first, enter(first) as gateway:
        gateway.log_in()
        moment = now(first)
    with running(tmp_path / "a") as second, enter(second) as gateway:
        gateway.log_in()
        assert now(second) >= moment
