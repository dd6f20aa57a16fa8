"""`python -m app.cli …` is `magistrat …`."""

from app.cli import main

main()
