"""A capital that does not exist: a thousand units alike, their suppliers' books of customers, two months of invoices.

Made to try the attribution on (`magistrat ksef score`): start at `trial.try_out`. What it imitates and on what
grounds is in docs/decisions. The engine reads nothing of it, and no number on an invoice is made from a unit's code.
"""
