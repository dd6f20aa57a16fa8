"""Every part of the pages with the data of a town that does not exist: `python -m tests.web.gallery [port]`.

For looking at while changing `app/web`, and for the browser tests. Nothing is stored; forms answer as the
product would.
"""
