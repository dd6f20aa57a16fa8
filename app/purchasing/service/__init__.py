"""What can be done with purchases.

`opening` cases from the register and from paper · `acting` description, approvals, returns, alarms allowed ·
`whitelist` the register of taxpayers asked · `payments` released · `deciding` schemes and substitutes · `book` how an
act is written · `work` copies for the work list of many units.
"""
