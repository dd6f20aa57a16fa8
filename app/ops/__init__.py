"""The provider's door: onboarding and running tenants, and the demonstration city with which everything can be tried.

`pages/` what an operator sees below `/operator` · `panel` what these pages work with and the frame around them ·
`founding` a municipality or a unit made, changed, and entered in the city's directory · `queries` what is asked of the
control schema · `verbs` how its journal reads. Start reading at `pages/` or, for the demonstration, at
`demo/generator.py`.
"""
