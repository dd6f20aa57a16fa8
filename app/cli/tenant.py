"""`magistrat tenant …`: municipalities; and whatever is asked of any tenant, a unit too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.cli.terminal import AS_JSON, Column, actor, opened, table, words, write_json
from app.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.deployment import Deployment
    from app.ops.founding import Founded
    from tenants.models import Tenant
    from tenants.registry import TenantData

KINDS = {"municipality": "gmina", "unit": "jednostka"}
STATES = {"active": "czynna", "suspended": "zawieszona"}
WHOM = click.argument("slug", metavar="SKRÓT")
_SHOWN = {
    "slug": "Skrót", "code": "Kod", "name": "Nazwa", "short_name": "Nazwa krótka", "kind": "Rodzaj",
    "parent": "Gmina", "status": "Stan", "nip": "NIP", "regon": "REGON", "teryt": "TERYT",
    "internal_id": "IDWew", "address_line": "Adres", "postal_code": "Kod pocztowy", "city": "Miejscowość",
    "email": "E-mail", "domains": "Domeny portalu", "units": "Jednostki", "cell": "Komórka",
    "schema_name": "Schemat", "revisions": "Wersja schematu",
}  # fmt: skip
_LISTED = (
    Column("Skrót", "slug"), Column("Nazwa", "name"), Column("Rodzaj", "kind_name"), Column("Kod", "code"),
    Column("TERYT", "teryt", number=True), Column("NIP", "nip", number=True), Column("Stan", "status_name"),
)  # fmt: skip


def described(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both a municipality and a unit are described by."""
    for option in (
        click.option("--nip", help="NIP."),
        click.option("--regon", help="REGON."),
        click.option("--internal-id", help="IDWew, identyfikator wewnętrzny KSeF."),
        click.option("--address", "address_line", help="Ulica i numer."),
        click.option("--postal-code", help="Kod pocztowy."),
        click.option("--city", help="Miejscowość."),
        click.option("--email", help="Adres e-mail."),
    ):
        command = option(command)
    return command


@click.group()
def tenant() -> None:
    """Gminy: załóż, wypisz, pokaż, zawieś; domeny portalu."""


@tenant.command()
@click.option("--teryt", help="Kod TERYT gminy, 7 cyfr; z niego biorą się nazwa i skrót.")
@click.option("--name", help="Nazwa gminy.")
@click.option("--slug", help="Skrót do adresów; domyślnie z nazwy.")
@click.option("--code", help="Kod urzędu w numerach dokumentów; domyślnie UM, UG albo UMG.")
@click.option("--short-name", help="Nazwa urzędu.")
@click.option("--tax-office", help="Kod urzędu skarbowego, 4 cyfry; potrzebny do JPK_V7M.")
@click.option("--cell", help="Baza, w której gmina zamieszka; domyślnie pierwsza.")
@described
@AS_JSON
def create(as_json: bool, teryt: str | None, tax_office: str | None, cell: str | None, **given: str | None) -> None:
    """Załóż gminę z kodu TERYT albo z podanych danych. To samo polecenie drugi raz niczego nie zmienia."""
    from app.ops import founding
    from tenants.registry import TenantData

    data = TenantData(**_from_register(teryt, {key: value for key, value in given.items() if value}))
    if tax_office is not None:
        _check_taxpayer(tax_office, data)
    with opened() as deployment:
        founded = founding.municipality(deployment.host, data, tax_office or "", actor(), cell)
        tell(deployment, founded, as_json)


def _check_taxpayer(tax_office: str, data: TenantData) -> None:
    """Before anything is made: a return needs all three."""
    if len(tax_office) != 4 or not tax_office.isdecimal():
        raise Refusal("Kod urzędu skarbowego ma cztery cyfry.", "tax_office")
    for name, title in (("nip", "NIP"), ("email", "adres e-mail")):
        if getattr(data, name) is None:
            raise Refusal(f"Do urzędu skarbowego podaj też {title}: JPK_V7M go wymaga.", name)


def _from_register(code: str | None, given: dict[str, str]) -> dict[str, Any]:
    """What was given, completed from the register of municipalities when there is a code."""
    from tenants import teryt
    from tenants.registry import slug_from

    if code is None:
        if "name" not in given:
            raise Refusal("Podaj kod TERYT gminy albo jej nazwę.", "name")
        proposed = {"slug": slug_from(given["name"]), "code": "UM", "short_name": f"Urząd: {given['name']}"[:80]}
        return proposed | given
    found = teryt.known(code)
    proposed = {
        "slug": teryt.slug(found),
        "code": found.office_code,
        "name": found.name,
        "short_name": found.office,
        "teryt": found.code,
    }
    return proposed | given


def tell(deployment: Deployment, founded: Founded, as_json: bool) -> None:
    """Whether a tenant is new, completed or was there."""
    if as_json:
        write_json({**facts(founded.tenant), "new": founded.is_new, "completed": founded.completed})
        return
    place = founded.tenant
    if founded.is_new:
        click.echo(f"Powstała {KINDS[place.kind]} „{place.name}” ({place.slug}), schemat {place.schema_name}.")
    elif founded.completed:
        click.echo(f"„{place.name}” ({place.slug}) już jest; uzupełniono wpis w katalogu jednostek gminy.")
    else:
        click.echo(f"Bez zmian: „{place.name}” ({place.slug}) już jest i ma te same dane.")


def facts(place: Tenant) -> dict[str, Any]:
    """What a program may want to know of a tenant."""
    names = (
        "slug", "code", "name", "short_name", "kind", "status", "nip", "regon", "teryt", "internal_id",
        "address_line", "postal_code", "city", "email", "cell", "schema_name",
    )  # fmt: skip
    return {name: getattr(place, name) for name in names}


def listed(places: list[dict[str, Any]], as_json: bool) -> None:
    """Tenants as a table or as JSON."""
    if as_json:
        write_json(places)
    elif places:
        named = {"kind_name": KINDS, "status_name": STATES}
        rows = [
            place | {new: words[place[new.removesuffix("_name")]] for new, words in named.items()} for place in places
        ]
        table(_LISTED, rows)
    else:
        click.echo("Nie ma jeszcze żadnej gminy. Załóż ją: magistrat tenant create --teryt KOD.")


@tenant.command(name="list")
@AS_JSON
def list_(as_json: bool) -> None:
    """Wypisz gminy, a pod każdą jej jednostki."""
    from tenants import registry

    with opened() as deployment, deployment.host.control() as session:
        listed([facts(place) for place in registry.everyone(session)], as_json)


@tenant.command()
@WHOM
@AS_JSON
def show(slug: str, as_json: bool) -> None:
    """Pokaż, co wiadomo o gminie albo jednostce."""
    from tenants import lifting, registry

    with opened() as deployment:
        with deployment.host.control() as session:
            place = registry.known(session, slug)
            known = facts(place) | {
                "parent": registry.municipality_of(session, place).slug if place.parent_id else None,
                "domains": list(registry.domains(session, place)),
                "units": [unit.slug for unit in registry.units_of(session, place)],
            }
        with deployment.host.cell(place.cell) as session:
            known["revisions"] = lifting.revisions_of(session, place.schema_name)
    if as_json:
        write_json(known)
        return
    known |= {"kind": KINDS[place.kind], "status": STATES[place.status], "revisions": "/".join(known["revisions"])}
    for name, title in _SHOWN.items():
        value = known[name]
        if value not in (None, []):
            click.echo(f"{title + ':':<17}{', '.join(value) if isinstance(value, list) else words(value)}")


@tenant.command()
@WHOM
@AS_JSON
def suspend(slug: str, as_json: bool) -> None:
    """Zawieś: nikt nie wejdzie, niczego nie ubędzie."""
    _set_status(slug, "suspended", as_json)


@tenant.command()
@WHOM
@AS_JSON
def resume(slug: str, as_json: bool) -> None:
    """Przywróć po zawieszeniu."""
    _set_status(slug, "active", as_json)


def _set_status(slug: str, status: str, as_json: bool) -> None:
    from tenants import registry

    with opened() as deployment, deployment.host.control() as session:
        place = registry.known(session, slug)
        changed = registry.set_status(session, place, status, actor())
        if as_json:
            write_json({**facts(place), "changed": changed})
            return
    click.echo(f"{'Teraz' if changed else 'Bez zmian:'} „{place.name}” jest {STATES[status]}.")


@tenant.command()
@WHOM
@click.argument("host_name", metavar="[HOST]", required=False)
@click.option("--remove", is_flag=True, help="Ta nazwa ma już nie wskazywać tej gminy.")
@AS_JSON
def domain(slug: str, host_name: str | None, remove: bool, as_json: bool) -> None:
    """Dodaj nazwę hosta, pod którą jest portal gminy (albo ją usuń); bez nazwy: wypisz."""
    from tenants import registry

    if remove and host_name is None:
        raise Refusal("Podaj nazwę hosta do usunięcia.", "host")
    with opened() as deployment, deployment.host.control() as session:
        place = registry.known(session, slug)
        changed = False
        if host_name is not None:
            verb = registry.remove_domain if remove else registry.add_domain
            changed = verb(session, place, host_name, actor())
        names = list(registry.domains(session, place))
    if as_json:
        write_json({"slug": place.slug, "domains": names, "changed": changed})
        return
    if host_name is not None and not changed:
        click.echo("Bez zmian.")
    click.echo(f"Portal „{place.name}”: {', '.join(names) if names else 'tylko adres ze skrótem'}.")
