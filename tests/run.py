"""`./run test`: every test, spread over the processors; anything after it goes to pytest as it stands.

Pytest takes this process over, so its closing line is the last one printed and its exit code is ours.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

SPREAD = ("-n", "auto", "--maxprocesses", "8")
"""More than eight workers would queue at the one embedded database. Given first, so that `-n 0` after it wins."""


def main(arguments: list[str]) -> None:
    os.chdir(Path(__file__).resolve().parent.parent)
    spread = () if "no:xdist" in arguments else SPREAD
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *spread, *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
