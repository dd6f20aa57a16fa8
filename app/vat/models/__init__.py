"""What the VAT room remembers: every tenant's registers and publications; a municipality's inbox and returns."""

from app.vat.models.assets import VatAsset, VatAssetEvent, VatCorrection
from app.vat.models.city import UnitDirectory, VatTaxpayer
from app.vat.models.inbox import KsefAttribution, KsefBatch, KsefInvoice, KsefQuarantine
from app.vat.models.registers import (
    VatPayment,
    VatPeriod,
    VatPublication,
    VatRatio,
    VatSetting,
    published_purchase,
    published_sale,
    purchase,
    sale,
)
from app.vat.models.returns import JpkReturn, JpkReturnPart

__all__ = [
    "JpkReturn",
    "JpkReturnPart",
    "KsefAttribution",
    "KsefBatch",
    "KsefInvoice",
    "KsefQuarantine",
    "UnitDirectory",
    "VatAsset",
    "VatAssetEvent",
    "VatCorrection",
    "VatPayment",
    "VatPeriod",
    "VatPublication",
    "VatRatio",
    "VatSetting",
    "VatTaxpayer",
    "published_purchase",
    "published_sale",
    "purchase",
    "sale",
]
