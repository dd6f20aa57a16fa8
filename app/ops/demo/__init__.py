"""The demonstration: an invented town with its units and one month of its invoices, from a seed, with the truth beside.

Start reading at `generator.generate`; `scoring.score` holds anybody's decisions against the truth.
"""
