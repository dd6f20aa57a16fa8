"""VAT of a taxpayer made of many units: KSeF invoices find their unit, units keep partial registers, the month becomes
one JPK_V7M.

Law: ustawa o VAT (art. 86, 90, 99, 109), ustawa o zasadach rozliczeń VAT przez jednostki samorządu (centralizacja),
FA(3), JPK_V7M(3).
Words: partial register = rejestr cząstkowy, pre-ratio = prewspółczynnik, ratio = współczynnik struktury.
Start reading at `rules/facts.py`, then `service`.
"""
