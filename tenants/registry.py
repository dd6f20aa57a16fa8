"""Who exists and where: municipalities, their units, host names, module switches, the provider's journal.

Functions take a session of `Host.control()`. Creating is idempotent: the same data again changes nothing, other data
under the same slug is refused with what differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

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
        if _SLUG.fullmatch(self.slug) is None or self.slug in RESERVED:
            raise Refusal(
                f"Skrót „{self.slug[:60]}” nie nadaje się do adresu: małe litery bez ogonków, cyfry i łączniki.", "slug"
            )
        if _CODE.fullmatch(self.code) is None:
            raise Refusal(
                f"Kod „{self.code[:20]}” może mieć do 20 wielkich liter bez ogonków, cyfr i łączników.", "code"
            )
        if not self.name.strip() or len(self.name) > 240:
            raise Refusal("Podaj nazwę: od 1 do 240 znaków.", "name")


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
    if (kind is Kind.UNIT) != (parent is not None):
        raise Refusal("Jednostka musi należeć do gminy, a gmina do nikogo.", "parent")
    place = parent.cell if parent is not None else cell or DEFAULT_CELL
    while True:
        with host.control() as session:
            if (found := by_slug(session, data.slug)) is not None:
                _same(found, kind, data, parent)
                return found, False
            if (schema := provision.take(session, place, kind.value)) is not None:
                return _insert(session, kind, data, actor, parent, place, schema), True
        provision.make_schema(host, place, kind.value)


def _insert(
    session: Session, kind: Kind, data: TenantData, actor: str, parent: Tenant | None, cell: str, schema: str
) -> Tenant:
    tenant = Tenant(
        kind=kind.value, parent_id=parent.id if parent else None, cell=cell, schema_name=schema, **asdict(data)
    )
    session.add(tenant)
    try:
        session.flush()
    except IntegrityError:
        raise Refusal(f"Kod „{data.code}” albo skrót „{data.slug}” jest już zajęty.", "code") from None
    note(session, actor, f"{kind.value}.create", f"tenant:{data.slug}", schema=schema)
    session.refresh(tenant)
    return tenant


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
    """The tenant under this slug (or TERYT code); raises `NotFound`."""
    tenant = session.scalars(
        select(Tenant).where(or_(Tenant.slug == slug, Tenant.teryt == slug)).order_by(Tenant.slug == slug)
    ).all()
    if not tenant:
        raise NotFound(f"Nie ma gminy ani jednostki „{slug}”. Listę pokazuje: magistrat tenant list.", "tenant")
    return tenant[-1]


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


def municipality_of(session: Session, tenant: Tenant) -> Tenant:
    """The municipality itself, or the one a unit belongs to."""
    if tenant.parent_id is None:
        return tenant
    return session.get_one(Tenant, tenant.parent_id)


def set_status(session: Session, tenant: Tenant, status: str, actor: str) -> bool:
    """Suspend or resume; whether anything changed. A suspended tenant keeps everything and lets nobody in."""
    if tenant.status == status:
        return False
    tenant.status = status
    note(session, actor, f"tenant.{status}", f"tenant:{tenant.slug}")
    return True


def add_domain(session: Session, tenant: Tenant, host_name: str, actor: str) -> None:
    """This host name shows the municipality's portal. Raises `Refusal` when it shows another's."""
    name = host_name.strip().lower()
    if re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", name) is None:
        raise Refusal(f"„{host_name[:60]}” nie jest nazwą hosta.", "host")
    taken = session.get(Domain, name)
    if taken is not None and taken.tenant_id != tenant.id:
        raise Refusal(f"Nazwa {name} wskazuje już inną gminę.", "host")
    if taken is None:
        session.add(Domain(host=name, tenant_id=tenant.id))
        note(session, actor, "domain.add", f"tenant:{tenant.slug}", host=name)


def drop_domain(session: Session, tenant: Tenant, host_name: str, actor: str) -> None:
    """The municipality's portal no longer answers on this host name. Raises `NotFound`."""
    domain = session.get(Domain, host_name)
    if domain is None or domain.tenant_id != tenant.id:
        raise NotFound(f"Portal nie działa pod nazwą {host_name[:60]}.", "host")
    session.delete(domain)
    note(session, actor, "domain.drop", f"tenant:{tenant.slug}", host=host_name)


def domains(session: Session, tenant: Tenant) -> Sequence[str]:
    """Host names of its own, in order of the alphabet."""
    return session.scalars(select(Domain.host).where(Domain.tenant_id == tenant.id).order_by(Domain.host)).all()


def change(session: Session, tenant: Tenant, changes: Mapping[str, Any], actor: str) -> bool:
    """What is known of a tenant is different from now on; whether anything changed. The journal keeps both."""
    differing = {name: value for name, value in changes.items() if getattr(tenant, name) != value}
    if not differing:
        return False
    before = {name: getattr(tenant, name) for name in differing}
    for name, value in differing.items():
        setattr(tenant, name, value)
    session.flush()
    note(session, actor, f"{tenant.kind}.change", f"tenant:{tenant.slug}", before=before, after=differing)
    return True


def switch_on(
    session: Session, tenant: Tenant, module: str, since_on: date, actor: str, until_on: date | None = None
) -> bool:
    """Open a room of this tenant from a day (to a day); False when it is open on that day already."""
    if until_on is not None and until_on < since_on:
        raise Refusal("Ostatni dzień nie może być wcześniejszy niż pierwszy.", "until_on")
    session.execute(select(Tenant.id).where(Tenant.id == tenant.id).with_for_update())  # orders two calls at once
    if module in modules(session, tenant, since_on):
        return False
    session.add(ModuleSwitch(tenant_id=tenant.id, module=module, since_on=since_on, until_on=until_on))
    dates = {"since": str(since_on), "until": str(until_on) if until_on else None}
    note(session, actor, "module.on", f"tenant:{tenant.slug}", module=module, **dates)
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
    note(session, actor, "module.off", f"tenant:{tenant.slug}", module=module, until=str(until_on))


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
