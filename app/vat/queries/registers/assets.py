"""The unit's fixed assets whose tax is corrected for years: what is known of each, and what its corrections come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, exists, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.reckoning import Outcome
from app.kernel.rulebook import Amount, Exact
from app.vat.models import VatAsset, VatAssetEvent, purchase
from app.vat.queries.registers.ratios import ratios
from app.vat.rules.annual import shared_pct
from app.vat.rules.assets import AssetCorrection, AssetCorrections, Sold, correct_asset, correction_years
from app.vat.rules.deduction import NEEDS_PRE_RATIO, NEEDS_RATIO, Use
from app.vat.rules.purchase import Ratios


@dataclass(frozen=True, slots=True)
class AssetCard:
    """An asset with its events, oldest first, and its corrections as they stand today.

    `waits_for`: years that are over and have no final per cent yet; `uses`: year → what it served at its end."""

    asset: VatAsset
    events: tuple[VatAssetEvent, ...]
    outcome: Outcome[AssetCorrections]
    last_year: int
    uses: Mapping[int, Use]
    waits_for: tuple[int, ...]

    @property
    def sold_on(self) -> date | None:
        return next((one.on for one in self.events if one.what == "sold"), None)


def cards(session: Session, until_year: int) -> list[AssetCard]:
    """Assets that were not struck out, by number, with corrections for years up to this one."""
    query = select(VatAsset).where(VatAsset.struck_reason.is_(None)).order_by(VatAsset.number)
    known: dict[int, Ratios] = {}
    return [_card(session, one, until_year, known) for one in session.scalars(query)]


def card(session: Session, asset_id: UUID, until_year: int) -> AssetCard:
    """One of them, struck out or not. Raises `NotFound`."""
    found = session.get(VatAsset, asset_id, populate_existing=True)
    if found is None:
        raise NotFound("Nie ma takiego środka trwałego.", "id")
    return _card(session, found, until_year, {})


def _card(session: Session, asset: VatAsset, until_year: int, known: dict[int, Ratios]) -> AssetCard:
    query = select(VatAssetEvent).where(VatAssetEvent.asset_id == asset.id)
    events = tuple(session.scalars(query.order_by(VatAssetEvent.on, VatAssetEvent.id)))
    first = asset.in_use_since.year
    last = first + correction_years(asset.kind, asset.in_use_since) - 1
    sold = next((one for one in events if one.what == "sold"), None)
    ends = min(last, until_year, sold.on.year - 1 if sold else last)
    uses, final, waiting = dict[int, Use](), dict[int, Exact](), list[int]()
    for year in range(first, ends + 1):
        uses[year] = _use_in(asset, events, year)
        if year not in known:
            known[year] = ratios(session, year, "final")
        if _missing(uses[year], known[year]):
            waiting.append(year)
            continue
        pcts = known[year]
        final[year] = Exact(shared_pct(uses[year], pcts.pre_ratio_pct, pcts.ratio_pct))
    question = AssetCorrection(
        vat=Amount(asset.vat),
        deducted_pct=Exact(asset.deducted_pct),
        asset=asset.kind,
        in_use_since=asset.in_use_since,
        final_pct=final,
        sold=None if sold is None else Sold(on=sold.on, taxable=bool(sold.taxable)),
        initial_value=Amount(asset.initial_value),
    )
    return AssetCard(asset, events, correct_asset(question), last, uses, tuple(waiting))


def _use_in(asset: VatAsset, events: Sequence[VatAssetEvent], year: int) -> Use:
    """What it served at the end of the year: a change of purpose counts for the whole year (a setting, contested).

    Law: art. 91 ust. 7 i 7a ustawy o VAT
    """
    use: Use = asset.use
    for one in events:
        if one.what == "purpose" and one.use is not None and one.on.year <= year:
            use = one.use
    return use


def _missing(use: Use, pcts: Ratios) -> bool:
    needs_pre = use in NEEDS_PRE_RATIO and pcts.pre_ratio_pct is None
    return needs_pre or (use in NEEDS_RATIO and pcts.ratio_pct is None)


def unregistered(session: Session, most: int = 50) -> Sequence[RowMapping]:
    """Purchases marked as fixed assets that no asset was made of, the newest first."""
    known = exists().where(VatAsset.purchase_id == purchase.c.id, VatAsset.struck_reason.is_(None))
    query = (
        select(purchase)
        .where(purchase.c.asset, purchase.c.void_reason.is_(None), purchase.c.vat > 0, ~known)
        .order_by(purchase.c.issued_on.desc(), purchase.c.id)
        .limit(most)
    )
    return session.execute(query).mappings().all()


def bought(session: Session, row_id: UUID) -> RowMapping:
    """The purchase an asset is made of. Raises `NotFound`."""
    query = select(purchase).where(purchase.c.id == row_id, purchase.c.asset, purchase.c.void_reason.is_(None))
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("Nie ma takiego zakupu środka trwałego w rejestrze.", "purchase_id")
    return row
