"""`magistrat vat invoice …`: who may issue, issuing from JSON, printing any FA(3)."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.clock import today
from app.kernel.errors import Refusal

UNIT = click.option("--unit", "slug", required=True, metavar="SKRÓT", help="Jednostka albo gmina (jej urząd).")


@click.group()
def invoice() -> None:
    """Faktury sprzedaży: kto wystawia, wystaw ze szkicu, wydrukuj."""


@invoice.command()
@door.TENANT
@click.option("--unit", "code", required=True, help="Kod jednostki w wykazie gminy.")
@click.option("--prefix", default=None, help="Przedrostek numerów; domyślnie kod jednostki.")
@click.option("--account", default=None, help="Rachunek na fakturach.")
@click.option("--pattern", default=None, help="Wzór numeru.")
@click.option("--since", "since", default=None, metavar="RRRR-MM-DD", help="Od dnia; domyślnie od dziś.")
def allow(
    slug: str, code: str, prefix: str | None, account: str | None, pattern: str | None, since: str | None
) -> None:
    """Pozwól jednostce wystawiać faktury w imieniu gminy."""
    from app.kernel.dates import parse_date
    from app.ssc import issuing
    from app.vat.rules.issuing.numbering import DEFAULT_PATTERN

    with door.door(slug) as (host, city):
        made = issuing.allow(
            host, city, code, actor(), today(), prefix=prefix, account=account, pattern=pattern or DEFAULT_PATTERN,
            since_on=parse_date(since, "since") if since else None,
        )  # fmt: skip
    door.last_line({"unit": code, "prefix": made.prefix, "seller": made.nip})


@invoice.command()
@UNIT
@click.option(
    "--key", default=None, help="Klucz UUID: wystawienie powtórzone z tym samym kluczem nie powstanie drugi raz."
)
@click.option("--corrects", default=None, help="Klucz faktury, którą ta koryguje.")
@click.option("--advance", "advances", multiple=True, help="Klucz rozliczanej faktury zaliczkowej.")
@click.option("--check", "only_check", is_flag=True, help="Tylko sprawdź, niczego nie wystawiaj.")
def issue(slug: str, key: str | None, corrects: str | None, advances: tuple[str, ...], only_check: bool) -> None:
    """Wystaw fakturę z dokumentu JSON na standardowym wejściu."""
    from app.vat.rules.issuing import documents as drafts
    from app.vat.service import issuing
    from app.vat.service.issuing.issue import Faulty, examine

    draft = drafts.draft(sys.stdin.buffer.read())
    corrected, settled = _uuid(corrects), [key_ for text in advances if (key_ := _uuid(text))]
    with door.door(slug) as (host, tenant), host.tenant(tenant, actor()) as session:
        if only_check:
            found = examine(session, draft, today(), "online", corrected, settled)
            door.last_line(
                {"findings": [{"severity": one.severity, "field": one.field, "message": one.message} for one in found]}
            )
            return
        try:
            made = issuing.issue(
                session, draft, today(), key=_uuid(key), corrects_id=corrected, advance_ids=settled
            )  # fmt: skip
        except Faulty as faulty:
            for one in faulty.findings:
                click.echo(f"  {one.field}: {one.message}", err=True)
            raise
    for one in made.warnings:
        click.echo(f"Uwaga, {one.message}", err=True)
    door.last_line({"id": str(made.id), "number": made.number, "sha256": made.sha256.hex()})


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refusal(f"„{text}” nie jest kluczem faktury.", "key") from None


@invoice.command()
@UNIT
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--ksef-number", default=None, help="Numer KSeF faktury otrzymanej, jeśli go ma.")
def pdf(slug: str, source: Path, target: Path, ksef_number: str | None) -> None:
    """Wydrukuj do PDF dowolną fakturę FA(3): własną (z kodami QR) albo otrzymaną."""
    from app.vat.queries.issuing.printing import printed

    with door.door(slug) as (host, tenant), host.tenant(tenant, actor(), read_only=True) as session:
        made = printed(session, source.read_bytes(), ksef_number)
    target.write_bytes(made)
    door.last_line({"file": str(target), "bytes": len(made)})
