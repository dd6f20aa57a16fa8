"""A unit that may issue invoices, in a transaction that is rolled back; an Elliptic key to sign offline ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Session

from app.vat.service import issuing
from app.vat.service.issuing.signing import OfflineKey
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.vat.issuing.samples import CITY, ISSUER

SINCE = date(2026, 2, 1)


@pytest.fixture
def unit(host: Host, fresh: Callable[[], World]) -> Tenant:
    """A school that issues from February."""
    school = fresh().school
    with host.tenant(school, ACTOR) as session:
        issuing.set_issuer(session, ISSUER, SINCE)
    return school


@pytest.fixture
def inside(host: Host, world: World) -> Callable[[], AbstractContextManager[Session]]:
    """The school of the shared world, where nothing stays."""

    @contextmanager
    def opened() -> Iterator[Session]:
        with host.tenant(world.school, ACTOR) as session:
            issuing.set_issuer(session, ISSUER, SINCE)
            yield session
            session.rollback()

    return opened


@pytest.fixture(scope="session")
def signer() -> OfflineKey:
    """As KSeF gives them, but signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gmina Kielce")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x01F20A5D352AE590)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=700))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return OfflineKey.of(made.public_bytes(serialization.Encoding.PEM) + private, CITY)
