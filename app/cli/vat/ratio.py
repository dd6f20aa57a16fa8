"""`magistrat vat ratio …` and `magistrat vat setting`: what deductions of a unit are computed with."""

from __future__ import annotations

from typing import get_args

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.errors import Refusal
from app.kernel.money import parse_pln
from app.vat.rules.purchase import USES, NetShown, known_use
from app.vat.rules.ratio import Elections, Kind

NAMES: dict[Kind, str] = {"pre_ratio": "Prewspółczynnik", "ratio": "Współczynnik"}
YEAR = click.option("--year", required=True, type=int, help="Rok, w którym obowiązuje.")


@click.group()
def ratio() -> None:
    """Prewspółczynnik i współczynnik jednostki."""


@ratio.command(name="set")
@door.TENANT
@YEAR
@click.option("--kind", required=True, type=click.Choice(get_args(Kind)), help="Prewspółczynnik albo współczynnik.")
@click.option("--pct", type=int, help="Pełny procent uzgodniony z urzędem skarbowym (protokół w --basis).")
@click.option("--numerator", help="Licznik w złotych; procent wylicza reguła vat-ratio.")
@click.option("--denominator", help="Mianownik w złotych.")
@click.option("--zero-if-le-2", is_flag=True, help="Proporcja nie większa niż 2 % liczona jest jako 0 %.")
@click.option("--full-if-gt-98", is_flag=True, help="Proporcja większa niż 98 % liczona jest jako 100 %.")
@click.option("--basis", required=True, help="Skąd są dane, albo numer protokołu uzgodnienia.")
def set_(
    slug: str,
    year: int,
    kind: Kind,
    pct: int | None,
    numerator: str | None,
    denominator: str | None,
    zero_if_le_2: bool,
    full_if_gt_98: bool,
    basis: str,
) -> None:
    """Ustal proporcję roku: z licznika i mianownika albo jako procent uzgodniony z urzędem."""
    from app.vat.service import ratios

    if (pct is None) == (numerator is None) or (numerator is None) != (denominator is None):
        raise Refusal("Podaj albo --pct, albo razem --numerator i --denominator.", "pct")
    elections = Elections(zero_if_le_2=zero_if_le_2, full_if_gt_98=full_if_gt_98)

    with door.door(slug) as (host, tenant), host.tenant(tenant, actor()) as session:
        if numerator is None or denominator is None:
            made = ratios.set_pct(session, year, kind, pct or 0, basis)
        else:
            figures = parse_pln(numerator, "numerator"), parse_pln(denominator, "denominator")
            made = ratios.decide(session, year, kind, *figures, elections, basis)
        click.echo(f"{tenant.name}: {NAMES[kind].lower()} na rok {year} wynosi {made.pct} %.")
        for step in made.basis.get("reckoning", ()):
            click.echo(f"  {step['step']}: {step['formula']} = {step['value']}  ({step['law']})")
        door.last_line({"tenant": tenant.slug, "year": year, "kind": kind, "pct": made.pct})


@ratio.command()
@door.TENANT
@YEAR
def show(slug: str, year: int) -> None:
    """Pokaż proporcje roku i wszystkie wcześniejsze decyzje."""
    from app.vat.queries.registers.ratios import history, ratios

    with door.door(slug) as (host, tenant), host.tenant(tenant, actor(), read_only=True) as session:
        for made in history(session, year):
            basis = made.basis.get("basis") or made.basis.get("protocol")
            name = NAMES[made.kind]
            click.echo(f"{made.recorded_at:%Y-%m-%d %H:%M}  {name} {made.pct} %  {made.decided_by}: {basis}")
        found = ratios(session, year)
    door.last_line(
        {"tenant": tenant.slug, "year": year, "pre_ratio": found.pre_ratio_pct, "ratio": found.ratio_pct},
    )


@click.command()
@door.TENANT
@click.option("--default-use", help=f"Czemu zwykle służą zakupy: {', '.join(USES)}; „none” = nie ustalono.")
@click.option("--purchase-net", type=click.Choice(get_args(NetShown)), help="Netto w K_40 i K_42: całe albo w części.")
def setting(slug: str, default_use: str | None, purchase_net: NetShown | None) -> None:
    """Zwyczaje jednostki: domyślne przeznaczenie zakupów i sposób wykazywania netto."""
    from app.vat.queries.registers.ratios import habits
    from app.vat.service.registers import set_habits

    with door.door(slug) as (host, tenant), host.tenant(tenant, actor()) as session:
        held = habits(session)
        use = held.default_use if default_use is None else None if default_use == "none" else known_use(default_use)
        made = set_habits(session, use, purchase_net or held.purchase_net)
        door.last_line(
            {"tenant": tenant.slug, "default_use": made.default_use, "purchase_net": made.purchase_net},
        )
