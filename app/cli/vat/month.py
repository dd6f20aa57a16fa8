"""`magistrat vat close|reopen|status`: the month of a unit from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.errors import Forbidden

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.vat.queries.registers.month import Stage
    from tenants.models import Tenant
    from tenants.session import Host

COMPLETING, SIGNING = "konsola – uzupełnienie", "konsola – podpis"
"""Who acts where the unit has nobody: two names, so that the trail shows which was which."""
STATES = {"open": "otwarty", "completed": "uzupełniony, czeka na podpis", "published": "opublikowany"}


@click.command()
@door.TENANT
@door.MONTH
@click.option("--complete-as", metavar="LOGIN", help="Kto uzupełnia; domyślnie pracownik jednostki.")
@click.option("--sign-as", metavar="LOGIN", help="Kto podpisuje; domyślnie kierownik jednostki.")
def close(slug: str, month_text: str, complete_as: str | None, sign_as: str | None) -> None:
    """Zamknij miesiąc: uzupełnij rejestr i podpisz go jako dwie różne osoby. Zamknięty miesiąc zostaje bez zmian."""
    from app.vat.queries.registers.month import stage
    from app.vat.rules.publication import refuse_same_person
    from app.vat.service import periods

    month = door.month_of(month_text)
    with door.door(slug) as (host, tenant):
        with host.tenant(tenant, actor(), read_only=True) as session:
            before = stage(session, month)
        clerk, head = _people(host, tenant, complete_as, sign_as, before.completed_by)
        if before.state != "published":
            refuse_same_person(clerk, head)
        if before.state == "open":
            with host.tenant(tenant, clerk) as session:
                for warning in periods.status(session, month).warnings:
                    click.echo(f"Uwaga: {warning.message}")
                periods.complete(session, month)
        if before.state != "published":
            for who, role in ((clerk, "pracownika"), (head, "kierownika")):
                if who in (COMPLETING, SIGNING):
                    click.echo(f"Jednostka nie ma konta {role}; w dzienniku zapisano: „{who}”.")
            with host.tenant(tenant, head) as session:
                periods.publish(session, month)
        with host.tenant(tenant, actor(), read_only=True) as session:
            after = stage(session, month)
    if before.state == "published":
        click.echo(f"{tenant.name}: {month.label} jest już opublikowany, bez zmian (wersja {after.version}).")
    else:
        click.echo(f"{tenant.name}: {month.label} opublikowany, wersja {after.version}, podpis: {after.signed_by}.")
    _report(tenant, after, changed=before.state != "published")


def _people(
    host: Host, tenant: Tenant, complete_as: str | None, sign_as: str | None, completed_by: str | None
) -> tuple[str, str]:
    """Log-ins of the two: those named, else who holds the roles in this unit, else the console's own names.

    Two different people where the unit has them; `completed_by`: who completed the month already.
    """
    from tenants.accounts import grants

    with host.control() as session:
        clerks = [one.login for one in grants.holding(session, tenant, "unit_clerk")]
        heads = [one.login for one in grants.holding(session, tenant, "unit_head")]
        if complete_as is not None:
            clerks = [_allowed(session, tenant, complete_as, "vat.period", "complete")]
        if sign_as is not None:
            heads = [_allowed(session, tenant, sign_as, "vat.return", "publish")]
    if completed_by is not None:
        clerks = [completed_by]
    heads.sort(key=lambda head: head in clerks[:1])
    clerks.sort(key=lambda clerk: clerk in heads[:1])
    return next(iter(clerks), COMPLETING), next(iter(heads), SIGNING)


def _allowed(session: Session, tenant: Tenant, login: str, obj: str, act: str) -> str:
    """The log-in of an account with this right here; raises `NotFound`, `Forbidden`."""
    from policies.catalogue import RIGHTS
    from policies.enforcer import may
    from tenants.accounts import grants, staff

    account = staff.by_login(session, login)
    if not may(grants.principal(session, account), obj, act, tenant):
        raise Forbidden(f"Konto „{account.login}” nie ma w tej jednostce prawa: {RIGHTS[obj, act]}.", "login")
    return account.login


@click.command()
@door.TENANT
@door.MONTH
@click.option("--reason", required=True, help="Powód, widoczny przy miesiącu.")
def reopen(slug: str, month_text: str, reason: str) -> None:
    """Otwórz zamknięty miesiąc ponownie; opublikowana wersja zostaje, następna będzie nową wersją."""
    from app.vat.queries.registers.month import stage
    from app.vat.service import periods

    month = door.month_of(month_text)
    with door.door(slug) as (host, tenant), host.tenant(tenant, actor()) as session:
        periods.reopen(session, month, reason)
        after = stage(session, month)
    click.echo(f"{tenant.name}: {month.label} jest znowu otwarty.")
    _report(tenant, after, changed=True)


@click.command()
@door.TENANT
@door.MONTH
def status(slug: str, month_text: str) -> None:
    """Pokaż, gdzie jest miesiąc i co przeszkadza w jego uzupełnieniu."""
    from app.vat.queries.registers.month import status as asked

    month = door.month_of(month_text)
    with door.door(slug) as (host, tenant), host.tenant(tenant, actor(), read_only=True) as session:
        found = asked(session, month)
    click.echo(f"{tenant.name}, {month.label}: {STATES[found.stage.state]}.")
    for one in found.blocks:
        click.echo(f"  Przeszkoda: {one.message}")
    for one in found.warnings:
        click.echo(f"  Uwaga: {one.message}")
    _report(tenant, found.stage, blocks=[one.code for one in found.blocks])


def _report(tenant: Tenant, stage: Stage, **more: Any) -> None:
    door.last_line(
        {
            "tenant": tenant.slug,
            "month": str(stage.month),
            "state": stage.state,
            "version": stage.version,
            "hash": stage.hash,
            "sales": stage.sales,
            "purchases": stage.purchases,
            "unassigned": stage.unassigned,
            "completed_by": stage.completed_by,
            "signed_by": stage.signed_by,
            **more,
        }
    )
