"""What the VAT room remembers: every tenant's registers and publications; a municipality's inbox and returns."""

from app.vat.models.city import UnitDirectory, VatTaxpayer
from app.vat.models.inbox import (
    KsefAttribution,
    KsefBatch,
    KsefClue,
    KsefInvoice,
    KsefQuarantine,
    KsefShare,
    KsefSignal,
)
from app.vat.models.registers import (
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
    "KsefClue",
    "KsefInvoice",
    "KsefQuarantine",
    "KsefShare",
    "KsefSignal",
    "UnitDirectory",
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
