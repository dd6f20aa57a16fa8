"""What the VAT room remembers: every tenant's registers, invoices, publications; a city's inbox and returns."""

from app.vat.models.assets import VatAsset, VatAssetEvent, VatCorrection
from app.vat.models.city import UnitDirectory, VatTaxpayer
from app.vat.models.drafts import VatDraft, VatDraftSeen, VatPolicy, VatReturnOptions
from app.vat.models.filings import JpkFiling, JpkFilingEvent
from app.vat.models.gateway import KsefCall, KsefConnection, KsefMark, KsefPackage
from app.vat.models.inbox import (
    KsefAttribution,
    KsefBatch,
    KsefClue,
    KsefInvoice,
    KsefQuarantine,
    KsefShare,
    KsefSignal,
)
from app.vat.models.issuing import InvoiceCounter, InvoiceDraft, InvoiceIssuer, InvoicePrefix, SalesInvoice
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
from app.vat.models.settlements import NoteKind, VatNote, VatNoteReceived, VatReminder, VatSettlement

__all__ = [
    "InvoiceCounter",
    "InvoiceDraft",
    "InvoiceIssuer",
    "InvoicePrefix",
    "JpkFiling",
    "JpkFilingEvent",
    "JpkReturn",
    "JpkReturnPart",
    "KsefAttribution",
    "KsefBatch",
    "KsefCall",
    "KsefClue",
    "KsefConnection",
    "KsefInvoice",
    "KsefMark",
    "KsefPackage",
    "KsefQuarantine",
    "KsefShare",
    "KsefSignal",
    "NoteKind",
    "SalesInvoice",
    "UnitDirectory",
    "VatAsset",
    "VatAssetEvent",
    "VatCorrection",
    "VatDraft",
    "VatDraftSeen",
    "VatNote",
    "VatNoteReceived",
    "VatPayment",
    "VatPeriod",
    "VatPolicy",
    "VatPublication",
    "VatRatio",
    "VatReminder",
    "VatReturnOptions",
    "VatSetting",
    "VatSettlement",
    "VatTaxpayer",
    "published_purchase",
    "published_sale",
    "purchase",
    "sale",
]
