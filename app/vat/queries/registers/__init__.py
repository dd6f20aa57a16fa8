"""What can be asked of a unit's registers.

`live` rows that count · `month` where a month stands and what holds it up · `ratios` per
cents in force · `rows` statements for tables, sums and drill-down · `purchases` one purchase with its reckoning ·
`versions` publications: their list, their rows, what changed between two.
"""
