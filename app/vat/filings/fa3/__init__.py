"""FA(3), the structured invoice of KSeF: XML ↔ `Invoice`.

`parse` makes a safe tree once; `schema_errors` and `read` work on it (or on bytes); `write` makes schema-valid XML.

Law: art. 106gb ustawy o VAT; wzór FA(3) 1-0E (CRWDE 13775)
"""

from app.vat.filings.fa3.document import NAMESPACE, parse, schema_errors
from app.vat.filings.fa3.reading import read
from app.vat.filings.fa3.writing import ORDINARY, write

__all__ = ["NAMESPACE", "ORDINARY", "parse", "read", "schema_errors", "write"]
