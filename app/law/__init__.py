"""The numbers of the law, each with its days, its source and how sure we are of it.

Numbers live in `acts/<act>.yaml` and nowhere else; `loader.value_on` gives one for a day, `loader.check` reviews them.
A council's own rate is no number of the law: it is a tenant's data, checked against the ceiling found here.
"""
