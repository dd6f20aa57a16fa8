"""Parts that every page is made of: the look, the tables, the forms. Knows nothing about a room.

Where to start reading: `render.page` (what a handler returns), `templates/parts/` (the macros, in every template as
`ui.…`) with the facts they take in `parts`, `tables.Table` and `forms.Form`. `assets` fetches the third-party CSS,
fonts and scripts at set-up; `python -m tests.web.gallery` shows every part with realistic data.
"""
