"""Who exists and where: municipalities, their units, host names, module switches, the provider's journal.

Functions take a session of `Host.control()`. Creating is idempotent: the same data again changes nothing, other data
under the same slug is refused with what differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import delete, insert, or_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel import ids
from app.kernel.dates import counted
from app.kernel.errors import NotFound, Refusal
from tenants import provision
from tenants.models import Domain, HostEvent, Kind, ModuleSwitch, Tenant
from tenants.session import Host
from tenants.upgrade import DEFAULT_CELL

RESERVED = frozenset(
    """
    api static schema logowanie wyloguj haslo konto gdzie zdrowie metryki operator portal pomoc szukaj
    jednostki dostawcy en uk
    """.split()  # noqa: SIM905
)
"""Words that addresses of the product begin with."""
_SLUG = re.compile("[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_CODE = re.compile("[A-Z0-9][A-Z0-9-]{0,19}")
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NUMBERS: dict[str, Callable[[str, str], str]] = {
    "nip": ids.nip, "regon": ids.regon, "teryt": ids.teryt, "internal_id": ids.internal_id,
}  # fmt: skip
LONGEST = {
    "name": 240, "short_name": 80, "address_line": 255, "postal_code": 6, "city": 100, "email": 255,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TenantData:
    """What is known of a tenant when it is created. `code`: short, unique in its municipality ("SP1")."""

    slug: str
    code: str
    name: str
    short_name: str
    nip: str | None = None
    regon: str | None = None
    teryt: str | None = None
    internal_id: str | None = None
    address_line: str | None = None
    postal_code: str | None = None
    city: str | None = None
    email: str | None = None
    brand: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Brings numbers to one form. Raises `Refusal` naming the field."""
        if _SLUG.fullmatch(self.slug) is None or self.slug in RESERVED:
            raise Refusal(
                f"Skrót „{self.slug[:60]}” nie nadaje się do adresu: małe litery bez ogonków, cyfry i łączniki.", "slug"
            )
        if _CODE.fullmatch(self.code) is None:
            raise Refusal(
                f"Kod „{self.code[:20]}” może mieć do 20 wielkich liter bez ogonków, cyfr i łączników.", "code"
            )
        for name, longest in LONGEST.items():
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, " ".join(value.split()) or None)
                if len(value) > longest:
                    raise Refusal(f"Wpisz tu najwyżej {counted(longest, 'znak', 'znaki', 'znaków')}.", name)
        for name in ("name", "short_name"):
            if not getattr(self, name):
                raise Refusal("Podaj nazwę.", name)
        for name, checked in NUMBERS.items():
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, checked(value, name) if value.strip() else None)
        if self.postal_code is not None and re.fullmatch("[0-9]{2}-[0-9]{3}", self.postal_code) is None:
            raise Refusal(f"„{self.postal_code[:20]}” nie jest kodem pocztowym (00-000).", "postal_code")
        if self.email is not None and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", self.email) is None:
            raise Refusal(f"„{self.email[:60]}” nie jest adresem e-mail.", "email")


_QUICKER = ("uq_tenant_slug", "uq_tenant_parent_id_code")


def slug_from(name: str) -> str:
    """ "Szkoła Podstawowa nr 3" → "szkola-podstawowa-nr-3", at most 60 characters."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ł", "l"))
    words = re.findall("[a-z0-9]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    return "-".join(words)[:60].strip("-")


def create(
    host: Host, kind: Kind, data: TenantData, actor: str, parent: Tenant | None = None, cell: str | None = None
) -> tuple[Tenant, bool]:
    """The tenant and whether it is new. A unit lives in its municipality's cell.

    Raises `Refusal` for data of another tenant with the same slug or code.
    """
    if (kind is Kind.UNIT) != (parent is not None) or (parent is not None and parent.kind != Kind.MUNICIPALITY):
        raise Refusal("Jednostka musi należeć do gminy, a gmina do nikogo.", "parent")
    place = parent.cell if parent is not None else cell or DEFAULT_CELL
    while True:
        try:
            with host.control() as session:
                if (found := by_slug(session, data.slug)) is not None:
                    _same(found, kind, data, parent)
                    return found, False
                if parent is not None:
                    _code_is_free(session, parent, data.code)
                if (schema := provision.take(session, place, kind.value)) is not None:
                    return _insert(session, kind, data, actor, parent, place, schema), True
        except IntegrityError as error:
            if not isinstance(error.orig, UniqueViolation) or error.orig.diag.constraint_name not in _QUICKER:
                raise
            continue  # somebody was quicker with this slug or code; the next look tells which
        provision.make_schema(host, place, kind.value)


MODULES = {"vat": "VAT i KSeF"}
"""Rooms that can be switched, and what people call them. A new tenant begins with all of them open."""


def _insert(
    session: Session, kind: Kind, data: TenantData, actor: str, parent: Tenant | None, cell: str, schema: str
) -> Tenant:
    tenant = Tenant(
        kind=kind.value, parent_id=parent.id if parent else None, cell=cell, schema_name=schema, **asdict(data)
    )
    session.add(tenant)
    session.flush()
    note(session, actor, f"{kind.value}.create", f"tenant:{data.slug}", schema=schema)
    session.refresh(tenant)
    for module in MODULES:
        session.add(ModuleSwitch(tenant_id=tenant.id, module=module, since_on=tenant.created_at.date()))
    return tenant


def _code_is_free(session: Session, parent: Tenant, code: str) -> None:
    taken = session.scalars(select(Tenant).where(Tenant.parent_id == parent.id, Tenant.code == code)).one_or_none()
    if taken is not None:
        raise Refusal(f"Kod „{code}” ma już inna jednostka: {taken.name} („{taken.slug}”).", "code")


def _same(found: Tenant, kind: Kind, data: TenantData, parent: Tenant | None) -> None:
    stored = {name: getattr(found, name) for name in asdict(data)}
    differing = [name for name, value in asdict(data).items() if value and value != stored[name]]
    if found.kind != kind.value or found.parent_id != (parent.id if parent else None):
        raise Refusal(f"Skrót „{data.slug}” ma już kto inny: {found.name}.", "slug")
    if differing:
        raise Refusal(
            f"„{data.slug}” już istnieje, ale ma inne dane ({', '.join(differing)}). Zmień je w jego karcie.",
            differing[0],
        )


def by_slug(session: Session, slug: str) -> Tenant | None:
    return session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()


def known(session: Session, slug: str) -> Tenant:
    """The tenant under this slug (or TERYT code). Raises `NotFound`, and `Refusal` when several have this code."""
    if (tenant := by_slug(session, slug)) is not None:
        return tenant
    found = session.scalars(select(Tenant).where(Tenant.teryt == slug).order_by(Tenant.slug)).all()
    if not found:
        raise NotFound(f"Nie ma gminy ani jednostki „{slug[:60]}”. Listę pokazuje: magistrat tenant list.", "tenant")
    if len(found) > 1:
        slugs = ", ".join(one.slug for one in found)
        raise Refusal(f"Kod {slug} ma tu kilka gmin. Podaj skrót jednej z nich: {slugs}.", "tenant")
    return found[0]


def by_id(session: Session, tenant_id: UUID) -> Tenant | None:
    return session.get(Tenant, tenant_id)


def by_schema(session: Session, schema: str) -> Tenant:
    """The tenant that lives in this schema; raises `NotFound`."""
    tenant = session.scalars(select(Tenant).where(Tenant.schema_name == schema)).one_or_none()
    if tenant is None:
        raise NotFound("Nie ma takiej jednostki.", "tenant")
    return tenant


def by_host(session: Session, host_name: str) -> Tenant | None:
    """The municipality whose portal answers on this host name."""
    query = select(Tenant).join(Domain, Domain.tenant_id == Tenant.id).where(Domain.host == host_name.lower())
    return session.scalars(query).one_or_none()


def shown_at(session: Session, host_name: str, portal_domain: str) -> Tenant | None:
    """The municipality whose pages stand at this host name: one of its own, or `<slug>.<portal_domain>`."""
    name = host_name.lower().removesuffix(".")
    found = by_host(session, name)
    if found is None and name.endswith(f".{portal_domain}"):
        found = by_slug(session, name.removesuffix(f".{portal_domain}"))
    return found if found is not None and found.kind == Kind.MUNICIPALITY else None


def everyone(session: Session) -> Sequence[Tenant]:
    """All tenants: municipalities by name, each followed by its units."""
    tenants = session.scalars(select(Tenant).order_by(Tenant.name)).all()
    units: dict[UUID | None, list[Tenant]] = {}
    for tenant in tenants:
        units.setdefault(tenant.parent_id, []).append(tenant)
    return [one for top in units.get(None, []) for one in (top, *units.get(top.id, []))]


def units_of(session: Session, municipality: Tenant) -> Sequence[Tenant]:
    """Its units, by code."""
    return session.scalars(select(Tenant).where(Tenant.parent_id == municipality.id).order_by(Tenant.code)).all()


def municipalities(session: Session, cell: str) -> Sequence[Tenant]:
    """Those of a cell that work, by name."""
    query = select(Tenant).where(Tenant.kind == Kind.MUNICIPALITY, Tenant.cell == cell, Tenant.status == "active")
    return session.scalars(query.order_by(Tenant.name)).all()


def municipality_of(session: Session, tenant: Tenant) -> Tenant:
    """The municipality itself, or the one a unit belongs to."""
    if tenant.parent_id is None:
        return tenant
    return session.get_one(Tenant, tenant.parent_id)


def change(session: Session, tenant: Tenant, changes: Mapping[str, Any], actor: str) -> bool:
    """Some of what is known of a tenant is different from now on; whether anything changed. The journal keeps both.

    Raises `Refusal` naming the field.
    """
    known = {one.name: getattr(tenant, one.name) for one in fields(TenantData)}
    wanted = asdict(TenantData(**{**known, **changes}))
    before = {name: value for name, value in known.items() if wanted[name] != value}
    if not before:
        return False
    for name in before:
        setattr(tenant, name, wanted[name])
    session.flush()
    after = {name: wanted[name] for name in before}
    note(session, actor, f"{tenant.kind}.change", f"tenant:{tenant.slug}", before=before, after=after)
    return True


def set_status(session: Session, tenant: Tenant, status: str, actor: str) -> bool:
    """Suspend or resume; whether anything changed. A suspended tenant keeps everything and lets nobody in."""
    if tenant.status == status:
        return False
    tenant.status = status
    note(session, actor, f"tenant.{status}", f"tenant:{tenant.slug}")
    return True


def add_domain(session: Session, tenant: Tenant, host_name: str, actor: str) -> bool:
    """This host name shows the municipality's portal; whether that is new. Raises `Refusal`."""
    name = host_name.strip().lower()
    if _HOST.fullmatch(name) is None:
        raise Refusal(f"„{host_name[:60]}” nie jest nazwą hosta.", "host")
    if tenant.kind != Kind.MUNICIPALITY:
        raise Refusal("Portal ma gmina, a nie jej jednostka.", "tenant")
    added = postgresql.insert(Domain).values(host=name, tenant_id=tenant.id).on_conflict_do_nothing()
    if session.execute(added.returning(Domain.host)).first() is None:
        if session.get_one(Domain, name).tenant_id != tenant.id:
            raise Refusal(f"Nazwa {name} wskazuje już inną gminę.", "host")
        return False
    note(session, actor, "domain.add", f"tenant:{tenant.slug}", host=name)
    return True


def remove_domain(session: Session, tenant: Tenant, host_name: str, actor: str) -> bool:
    """This host name shows the municipality's portal no more; whether it did."""
    name = host_name.strip().lower()
    gone = delete(Domain).where(Domain.host == name, Domain.tenant_id == tenant.id).returning(Domain.host)
    if session.execute(gone).first() is None:
        return False
    note(session, actor, "domain.remove", f"tenant:{tenant.slug}", host=name)
    return True


def domains(session: Session, tenant: Tenant) -> Sequence[str]:
    """Host names that show its portal, in alphabetical order."""
    return session.scalars(select(Domain.host).where(Domain.tenant_id == tenant.id).order_by(Domain.host)).all()


def switch_on(
    session: Session, tenant: Tenant, module: str, since_on: date, actor: str, until_on: date | None = None
) -> bool:
    """Open a room of this tenant from a day (to a day); whether that changes anything."""
    same = select(ModuleSwitch.id).where(
        ModuleSwitch.tenant_id == tenant.id,
        ModuleSwitch.module == module,
        ModuleSwitch.since_on == since_on,
        ModuleSwitch.until_on.is_not_distinct_from(until_on),
    )
    if session.scalars(same).first() is not None:
        return False
    session.add(ModuleSwitch(tenant_id=tenant.id, module=module, since_on=since_on, until_on=until_on))
    note(session, actor, "module.switch_on", f"tenant:{tenant.slug}", module=module, since=str(since_on))
    return True


def switch_off(session: Session, tenant: Tenant, module: str, until_on: date, actor: str) -> None:
    """`until_on` is the last day this room is open. Raises `Refusal` when it is not open then."""
    open_then = (
        ModuleSwitch.tenant_id == tenant.id,
        ModuleSwitch.module == module,
        ModuleSwitch.since_on <= until_on,
        or_(ModuleSwitch.until_on.is_(None), ModuleSwitch.until_on >= until_on),
    )
    running = session.scalars(select(ModuleSwitch).where(*open_then).with_for_update()).all()
    if not running:
        raise Refusal("W tym dniu moduł nie jest włączony.", "until_on")
    for switch in running:
        switch.until_on = until_on
    note(session, actor, "module.switch_off", f"tenant:{tenant.slug}", module=module, until=str(until_on))


def switches(session: Session, tenant: Tenant) -> Sequence[ModuleSwitch]:
    """Every switch of this tenant, past ones too, by room and day."""
    query = select(ModuleSwitch).where(ModuleSwitch.tenant_id == tenant.id)
    return session.scalars(query.order_by(ModuleSwitch.module, ModuleSwitch.since_on)).all()


def modules(session: Session, tenant: Tenant, on: date) -> frozenset[str]:
    """Rooms open for this tenant on a day."""
    query = select(ModuleSwitch.module).where(
        ModuleSwitch.tenant_id == tenant.id,
        ModuleSwitch.since_on <= on,
        or_(ModuleSwitch.until_on.is_(None), ModuleSwitch.until_on >= on),
    )
    return frozenset(session.scalars(query))


def note(session: Session, actor: str, verb: str, record: str, **details: Any) -> None:
    """One entry of the provider's journal."""
    session.execute(insert(HostEvent).values(actor=actor, verb=verb, record=record, details=details))
