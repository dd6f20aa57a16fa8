"""What the VAT room remembers: every tenant's registers, invoices, publications; a city's inbox and returns."""

from app.vat.models.city import UnitDirectory, VatTaxpayer
from app.vat.models.gateway import KsefCall, KsefConnection, KsefMark, KsefPackage
from app.vat.models.inbox import KsefAttribution, KsefBatch, KsefInvoice, KsefQuarantine
from app.vat.models.issuing import InvoiceCounter, InvoiceDraft, InvoiceIssuer, InvoicePrefix, SalesInvoice
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
    "InvoiceCounter",
    "InvoiceDraft",
    "InvoiceIssuer",
    "InvoicePrefix",
    "JpkReturn",
    "JpkReturnPart",
    "KsefAttribution",
    "KsefBatch",
    "KsefCall",
    "KsefConnection",
    "KsefInvoice",
    "KsefMark",
    "KsefPackage",
    "KsefQuarantine",
    "SalesInvoice",
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
