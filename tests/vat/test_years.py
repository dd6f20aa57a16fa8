"""Years after a purchase: evidence sheets and final ratios, assets, corrections as versions, accepted into January."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kernel.dates import Month
from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.queries.registers import annual, assets
from app.vat.queries.registers.ratios import in_force
from app.vat.rules.entries.table import FileRefused
from app.vat.rules.evidence import Line, Sheet, from_data
from app.vat.rules.ratio import Elections
from app.vat.service import assets as service
from app.vat.service import corrections, periods, ratios, registers
from app.vat.service.assets import AssetFacts
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.vat.deliveries import CLERK, bill, rows

JANUARY = Month(2026, 1)


@pytest.fixture
def school(fresh: Callable[[], World]) -> Tenant:
    return fresh().school


def _buy(session: Any, number: str, vat: str, month: int = 5, **other: Any) -> Any:
    made = replace(bill(number, str(Decimal(vat) * 4), vat, **other), issued_on=date(2025, month, 14))
    return registers.enter(session, Month(2025, month), made).id


BUILDING = AssetFacts(
    "BUD/1", "Hala sportowa", "real_estate", Decimal("2500000.00"), Decimal("500000.00"), date(2024, 6, 1),
    "business_and_outside", Decimal("20"),
)  # fmt: skip
MACHINE = replace(
    BUILDING, number="M/1", name="Zmywarka", kind="movable", initial_value=Decimal("60000.00"), vat=Decimal("11500.00")
)


def _percents(session: Any, year: int = 2025, first: int = 20, final: int = 24) -> None:
    ratios.set_pct(session, year, "pre_ratio", first, "protokół")
    ratios.set_pct(session, year, "pre_ratio", final, "rok", "final")


def test_a_final_ratio_leaves_the_deductions_of_the_year_alone(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        _buy(session, "FV/1", "100.00", use="business_and_outside")
        _percents(session)
        (row,) = rows(session, "purchase")
        assert (row.k_43, row.pre_ratio_pct) == (Decimal("20.00"), 20)
        final = in_force(session, 2025, "pre_ratio", "final")
        assert final is not None and final.pct == 24


def test_a_sheet_decides_and_stays_with_the_decision(host: Host, school: Tenant) -> None:
    lines = (
        Line("720-01", "basen", Decimal("38000.00"), "both"),
        Line("720-02", "szkoła dla miasta", Decimal("900.00"), "both", "own_municipality"),
        Line("Rb-28S", "wydatki", Decimal("4082000.00"), "denominator"),
    )
    sheet = Sheet("unit", lines)
    with host.tenant(school, CLERK) as session:
        made = ratios.decide_by_sheet(
            session, 2026, "preliminary", sheet, Elections(zero_if_le_2=True), "Rb-27S za 2025 r."
        )
        again = ratios.decide_by_sheet(
            session, 2026, "preliminary", sheet, Elections(zero_if_le_2=True), "Rb-27S za 2025 r."
        )
        assert (made.pct, again.id) == (0, made.id)
        assert from_data(made.basis["sheet"]) == sheet
        assert "własnej gminy" in made.basis["reckoning"][2]["step"]
        with pytest.raises(Refusal, match="Podaj podstawę"):
            ratios.decide_by_sheet(session, 2026, "final", sheet, Elections(), " ")


@pytest.mark.parametrize(("vat", "pct"), [("900000.00", 100), ("1000000.00", 99)])
def test_the_limit_of_a_large_ratio_is_checked_against_the_register(
    host: Host, school: Tenant, vat: str, pct: int
) -> None:
    """1 % of 900,000 is 9,000: below the limit; of 1,000,000 it is the limit itself."""
    with host.tenant(school, CLERK) as session:
        _buy(session, "FV/1", vat, use="business_and_outside")
        elections = Elections(full_if_gt_98=True)
        made = ratios.decide(session, 2025, "pre_ratio", Decimal("98.5"), Decimal(100), elections, "księgi")
        assert made.pct == pct
        assert made.basis["lost"] == f"{Decimal(vat) / 100:.2f}"


def test_an_asset_of_a_purchase_brings_its_tax_and_its_per_cent(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        _percents(session)
        bought = _buy(session, "FV/1", "11500.00", use="business_and_outside", asset=True)
        assert [row["id"] for row in assets.unregistered(session)] == [bought]
        facts = replace(
            MACHINE,
            vat=Decimal(1),
            use="taxed",
            deducted_pct=Decimal(1),
            purchase_id=bought,
            in_use_since=date(2025, 6, 1),
        )
        made = service.register(session, facts)
        assert (made.vat, made.use, made.deducted_pct) == (Decimal("11500.00"), "business_and_outside", Decimal(20))
        assert list(assets.unregistered(session)) == []
        card = assets.card(session, made.id, 2025)
        assert [(one.year, one.amount) for one in card.outcome.result.corrections] == [(2025, Decimal("92.00"))]
        assert annual.groups(session, 2025, [bought]) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"number": " "}, "number"),
        ({"name": ""}, "name"),
        ({"vat": Decimal(0)}, "vat"),
        ({"initial_value": Decimal(-1)}, "initial_value"),
        ({"deducted_pct": Decimal("100.01")}, "deducted_pct"),
        ({"in_use_since": date(2015, 1, 1)}, "in_use_since"),
    ],
)
def test_an_impossible_asset_is_refused(host: Host, school: Tenant, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused, host.tenant(school, CLERK) as session:
        service.register(session, replace(BUILDING, **changed))
    assert refused.value.field == field


def test_a_sale_is_corrected_once_in_its_month(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        made = service.register(session, MACHINE)
        with pytest.raises(Conflict):
            corrections.enter_sale(session, made.id)
        with pytest.raises(Refusal):
            service.sell(session, made.id, date(2024, 5, 31), True, "faktura")
        service.sell(session, made.id, date(2026, 3, 9), True, "faktura SP1/9")
        with pytest.raises(Conflict):
            service.sell(session, made.id, date(2026, 4, 9), False, "jeszcze raz")
        corrections.enter_sale(session, made.id)
        with pytest.raises(Conflict):
            corrections.enter_sale(session, made.id)
        (row,) = rows(session, "purchase")
        assert (row.month, row.k_44, row.internal_kind) == (3, Decimal("5520.00"), "asset_sale")
        assert periods.status(session, Month(2026, 3)).blocks == ()


def test_a_change_of_purpose_changes_the_years_from_it_on(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        made = service.register(session, MACHINE)
        for year in (2024, 2025):
            ratios.set_pct(session, year, "pre_ratio", 20, "rok", "final")
        service.change_purpose(session, made.id, date(2025, 9, 1), "taxed", "uchwała o najmie")
        amounts = [one.amount for one in assets.card(session, made.id, 2025).outcome.result.corrections]
        assert amounts == [Decimal("0.00"), Decimal("1840.00")]
        service.strike_out(session, made.id, "wpisany dwa razy")
        assert assets.cards(session, 2025) == []
        with pytest.raises(Conflict):
            service.change_purpose(session, made.id, date(2025, 9, 1), "taxed", "po skreśleniu")


def test_an_asset_waits_for_the_final_per_cent_of_a_year_that_is_over(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        made = service.register(session, BUILDING)
        ratios.set_pct(session, 2025, "pre_ratio", 24, "rok", "final")
        card = assets.card(session, made.id, 2025)
        assert card.waits_for == (2024,) and [one.year for one in card.outcome.result.corrections] == [2025]
        with pytest.raises(Refusal, match="BUD/1 czeka"):
            corrections.propose(session, 2024)


CSV = (
    "numer;nazwa;rodzaj;wartość;podatek;od;przeznaczenie;odliczono\r\n"
    "B/1;Hala;nieruchomość;2 500 000,00;500000;01.06.2024;działalność gospodarcza i zadania publiczne;20\r\n"
    "M/1;Zmywarka;ruchomość;60000;11500;2024-06-01;tylko sprzedaż opodatkowana;28,67%\r\n"
)


def test_assets_from_a_file_come_whole_and_once(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        assert service.import_file(session, CSV.encode("cp1250")) == service.Imported(2, 0)
        assert service.import_file(session, CSV.encode()) == service.Imported(0, 2)
        with pytest.raises(Conflict):
            service.import_file(session, CSV.replace("11500", "11501").encode())
        bad = CSV.replace("ruchomość;60000", "auto;abc").replace("B/1", "M/1")
        with pytest.raises(FileRefused) as refused:
            service.import_file(session, bad.encode())
    assert [(one.line, one.column) for one in refused.value.problems] == [(3, "rodzaj"), (3, "wartość")]
    with pytest.raises(FileRefused), host.tenant(school, CLERK) as session:
        service.import_file(session, b"numer;nazwa\r\n1;2\r\n")


def _year(session: Any) -> None:
    """C08: 100,000 of current purchases, a building and a machine, all at 20 per cent, finally 24."""
    _percents(session)
    ratios.set_pct(session, 2024, "pre_ratio", 20, "rok", "final")
    _buy(session, "FV/1", "100000.00", use="business_and_outside")
    service.register(session, BUILDING)
    service.register(session, MACHINE)


def test_january_takes_what_the_year_comes_to(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        _year(session)
        made = corrections.propose(session, 2025)
        assert (made.version, made.k_44, made.k_45) == (1, Decimal("2092.00"), Decimal("4000.00"))
        assert corrections.propose(session, 2025).id == made.id
        accepted = corrections.accept(session, 2025, 1)
        row = next(row for row in rows(session, "purchase") if row.id == accepted.row_id)
        assert (row.year, row.month, row.k_44, row.k_45) == (2026, 1, Decimal("2092.00"), Decimal("4000.00"))
        with pytest.raises(Conflict, match="przyjęto już"):
            corrections.accept(session, 2025, 1)
        periods.complete(session, JANUARY)


def test_another_final_ratio_makes_a_new_version_that_takes_the_place_of_the_old_row(
    host: Host, school: Tenant
) -> None:
    with host.tenant(school, CLERK) as session:
        _year(session)
        corrections.propose(session, 2025)
        first = corrections.accept(session, 2025, 1).row_id
        ratios.set_pct(session, 2025, "pre_ratio", 18, "poprawione księgi", "final")
        second = corrections.propose(session, 2025)
        assert (second.version, second.k_44, second.k_45) == (2, Decimal("-1046.00"), Decimal("-2000.00"))
        with pytest.raises(Conflict, match="nowsza wersja"):
            corrections.accept(session, 2025, 1)
        corrections.accept(session, 2025, 2)
        live = [row.id for row in rows(session, "purchase") if row.internal_kind == "annual"]
        assert live == [second.row_id]
        assert [row.id for row in rows(session, "purchase", void=True)] == [first]
        assert [one.version for one in annual.versions(session, 2025)] == [2, 1]


def test_relief_is_kept_with_its_version(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2025, "ratio", 60, "protokół")
        ratios.set_pct(session, 2025, "ratio", 59, "rok", "final")
        _buy(session, "FV/1", "1000.00", use="taxed_and_exempt")
        assert corrections.propose(session, 2025).k_45 == -10
        made = corrections.propose(session, 2025, use_relief=True)
        assert (made.version, made.k_45, made.use_relief) == (2, Decimal(0), True)


def test_a_row_taken_back_may_be_accepted_again(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        _year(session)
        corrections.propose(session, 2025)
        row_id = corrections.accept(session, 2025, 1).row_id
        assert row_id is not None
        registers.void(session, "purchase", row_id, "za wcześnie")
        corrections.accept(session, 2025, 1)
        assert len([row for row in rows(session, "purchase") if row.internal_kind == "annual"]) == 1


def test_nothing_is_accepted_into_a_closed_january_or_from_nowhere(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        _year(session)
        with pytest.raises(NotFound):
            corrections.accept(session, 2025, 1)
        corrections.propose(session, 2025)
        periods.complete(session, JANUARY)
        with pytest.raises(Conflict):
            corrections.accept(session, 2025, 1)


def test_a_missing_final_ratio_is_named(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2025, "pre_ratio", 20, "protokół")
        _buy(session, "FV/1", "100.00", use="business_and_outside")
        with pytest.raises(Refusal, match="ostateczny prewspółczynnik za 2025"):
            corrections.propose(session, 2025)


def test_two_people_at_once_make_one_version_and_one_row(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        _year(session)

    def work(_: int) -> str:
        try:
            with host.tenant(school, CLERK) as session:
                made = corrections.propose(session, 2025)
                corrections.accept(session, 2025, made.version)
        except Conflict:
            return "late"
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == ["done", "late", "late", "late"]
    with host.tenant(school, CLERK) as session:
        assert len(annual.versions(session, 2025)) == 1
        assert len([row for row in rows(session, "purchase") if row.internal_kind == "annual"]) == 1


def test_what_was_kept_cannot_be_changed_and_stays_in_its_unit(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    with host.tenant(world.school, CLERK) as session:
        _year(session)
        corrections.propose(session, 2025)
    with host.tenant(world.pool, CLERK) as session:
        assert assets.cards(session, 2025) == [] and annual.versions(session, 2025) == []
    for statement in ("update vat_correction set k_45 = 0", "delete from vat_asset", "update vat_asset set vat = 1"):
        with pytest.raises(DBAPIError), host.tenant(world.school, CLERK) as session:
            session.execute(text(statement))
