"""Who may: Casbin over role files that are reviewed like code, and over dated grants and mandates kept in `control`.

`model.conf` the question · `roles/*.csv` what each role may, room by room · `catalogue` how roles and rights are called
in Polish · `enforcer` the answer · `guards` the answer on a route. Start reading at `enforcer`.
"Who may" is answered here; "may this happen" (author and approver, closed periods) is law, in a room's `rules`.
"""
