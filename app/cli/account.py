"""`magistrat account …` and `magistrat grant …`: who may log in, and in which role where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import click

from app.cli.terminal import actor, opened
from app.kernel.dates import counted, format_short, parse_date

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.office.entry import Office
    from tenants.models import Account, Tenant

_LOGIN = click.argument("login")
_ROLE = click.argument("role", metavar="ROLA")
_TENANT = click.option("--tenant", "slug", help="Gmina albo jednostka; bez tego: rola na poziomie całego systemu.")


@contextmanager
def _door() -> Iterator[Office]:
    """The deployment of the environment, or the one a test has put into the context."""
    from app.office.entry import Office

    with opened() as deployment:
        yield Office.of(deployment)


def _day(text: str | None, field: str) -> date | None:
    return parse_date(text, field) if text else None


@click.group()
def account() -> None:
    """Konta urzędników: załóż, wypisz, ustaw hasło tymczasowe, zawieś."""


@account.command()
@_LOGIN
@click.option("--name", required=True, help="Imię i nazwisko.")
@click.option("--email", help="Adres e-mail; domyślnie taki jak login.")
def create(login: str, name: str, email: str | None) -> None:
    """Załóż konto i pokaż jego hasło tymczasowe."""
    from tenants.accounts import staff

    with _door() as door, door.host.control() as session:
        made, temporary = staff.create(session, login, name, email, actor())
    click.echo(f"Konto „{made.login}” założone: {made.name}.")
    _tell(temporary)


@account.command(name="list")
@click.option("--tenant", "slug", help="Tylko osoby z rolą w tej gminie albo jednostce.")
def list_(slug: str | None) -> None:
    """Wypisz konta i ich role."""
    from tenants import registry
    from tenants.accounts import grants, staff

    with _door() as door, door.host.control() as session:
        where = registry.known(session, slug) if slug else None
        accounts = staff.every(session)
        held = grants.by_account(session, accounts)
    if where is not None:
        accounts = [one for one in accounts if any(t and t.id == where.id for _, t in held.get(one.id, ()))]
    for one in accounts:
        suspended = " (zawieszone)" if one.status != "active" else ""
        click.echo(f"{one.login}  {one.name}{suspended}")
        for grant_, tenant in held.get(one.id, ()):
            until = f" do {format_short(grant_.until_on)}" if grant_.until_on else ""
            click.echo(f"    {grant_.role}  {tenant.slug if tenant else 'cały system'}{until}")
    click.echo(counted(len(accounts), "konto", "konta", "kont"))


@account.command()
@_LOGIN
def reset(login: str) -> None:
    """Ustaw hasło tymczasowe, zdejmij blokadę i zakończ sesje konta."""
    from tenants.accounts import staff

    with _door() as door:
        with door.host.control() as session:
            done, temporary = staff.reset(session, staff.by_login(session, login).id, actor())
        door.attempts.forgive(done.login)
        door.sessions.revoke_all(done.id)
    click.echo(f"Konto „{done.login}” ma nowe hasło, a jego sesje zostały zakończone.")
    _tell(temporary)


@account.command()
@_LOGIN
def suspend(login: str) -> None:
    """Zawieś konto: osoba jest wylogowana i nie zaloguje się do odwołania."""
    from tenants.accounts import staff

    with _door() as door:
        with door.host.control() as session:
            done = staff.suspend(session, staff.by_login(session, login).id, actor())
        door.sessions.revoke_all(done.id)
    click.echo(f"Konto „{done.login}” jest zawieszone.")


@account.command()
@_LOGIN
def resume(login: str) -> None:
    """Przywróć zawieszone konto."""
    from tenants.accounts import staff

    with _door() as door, door.host.control() as session:
        done = staff.resume(session, staff.by_login(session, login).id, actor())
    click.echo(f"Konto „{done.login}” jest czynne.")


@click.group()
def grant() -> None:
    """Role: nadaj albo zakończ."""


@grant.command()
@_LOGIN
@_ROLE
@_TENANT
@click.option("--since", help="Pierwszy dzień, dd.mm.rrrr; domyślnie dziś.")
@click.option("--until", help="Ostatni dzień, dd.mm.rrrr; domyślnie bezterminowo.")
def add(login: str, role: str, slug: str | None, since: str | None, until: str | None) -> None:
    """Nadaj rolę. Ta sama rola drugi raz niczego nie zmienia."""
    from tenants.accounts import grants

    first, last = _day(since, "since"), _day(until, "until")
    with _door() as door, door.host.control() as session:
        who, where = _known(session, login, slug)
        given, new = grants.give(session, who, role, where, actor(), first, last)
    place = where.slug if where else "cały system"
    said = "ma teraz rolę" if new else "już miało rolę"
    click.echo(f"Konto „{who.login}” {said} {given.role} ({place}) od {format_short(given.since_on)}.")


@grant.command()
@_LOGIN
@_ROLE
@_TENANT
@click.option("--until", help="Ostatni dzień, dd.mm.rrrr; domyślnie rola kończy się natychmiast.")
def end(login: str, role: str, slug: str | None, until: str | None) -> None:
    """Zakończ rolę."""
    from tenants.accounts import grants

    last = _day(until, "until")
    with _door() as door, door.host.control() as session:
        who, where = _known(session, login, slug)
        grants.end(session, who, role, where, actor(), last)
    place, when = where.slug if where else "cały system", f"z dniem {format_short(last)}" if last else "natychmiast"
    click.echo(f"Rola {role} ({place}) konta „{who.login}” kończy się {when}.")


def _known(session: Session, login: str, slug: str | None) -> tuple[Account, Tenant | None]:
    from tenants import registry
    from tenants.accounts import staff

    return staff.by_login(session, login), registry.known(session, slug) if slug else None


def _tell(temporary: str) -> None:
    click.echo(f"Hasło tymczasowe (pokazuję je tylko raz): {temporary}")
    click.echo("Przy najbliższym logowaniu trzeba je zmienić.")
