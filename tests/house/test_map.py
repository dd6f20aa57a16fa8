"""The README's map is the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.house.tree import House, report

HEADING = "## The map"


def differs_from_the_tree(house: House) -> Iterator[str]:
    """Folders at the top and parts of `app` that the map does not show, and what it shows that is not there."""
    shown, wordless = _shown(house.files.get("README.md", ""))
    if not shown:
        yield f"README.md: no section {HEADING} with a fenced block"
        return
    standing = {path.split("/")[0] + "/" for path in house.files if "/" in path and not path.startswith(".")}
    standing |= {
        f"app/{path.split('/')[1]}" + ("/" if path.count("/") > 1 else "")
        for path in house.files
        if path.startswith("app/") and path != "app/__init__.py"
    }
    yield from (f"README.md: the map does not show {name}" for name in sorted(standing - shown))
    there = standing | set(house.files) | {f"{path.rpartition('/')[0]}/" for path in house.files}
    yield from (f"README.md: the map shows {name}, which is not there" for name in sorted(shown - there))
    yield from (f"README.md: the map does not say what {name} is for" for name in wordless)


def _shown(readme: str) -> tuple[set[str], list[str]]:
    """Paths in the map (an indented line stands inside the folder above it), and those without a word beside them."""
    section = readme.partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    block = re.search(r"^```\w*\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    shown: set[str] = set()
    wordless: list[str] = []
    above: list[tuple[int, str]] = []
    for line in block[1].splitlines() if block else ():
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        name, _, words = line.strip().partition(" ")
        above = [(depth, folder) for depth, folder in above if depth < indent]
        path = (above[-1][1] if above else "") + name
        if name.endswith("/"):
            above.append((indent, path))
        shown.add(path)
        if not words.strip():
            wordless.append(path)
    return shown, wordless


def test_the_map_equals_the_tree(house: House) -> None:
    assert report(differs_from_the_tree(house)) == ""


TREE = {"app/__init__.py": "", "app/main.py": "", "app/vat/rules.py": "", "app/vat/models.py": "", "tests/run.py": ""}
MAP = "# M\n\n## The map\n\n```\napp/  the product\n  main.py  rooms and doors\n  vat/  VAT\ntests/  tests\n```\n"


def _complaints(readme: str, **more: str) -> list[str]:
    return list(differs_from_the_tree(House({**TREE, "README.md": readme, **more})))


def test_a_true_map_passes_and_a_false_one_is_caught() -> None:
    assert _complaints(MAP) == []
    assert _complaints("# M\n") == ["README.md: no section ## The map with a fenced block"]
    assert _complaints(MAP.replace("  vat/  VAT\n", "")) == ["README.md: the map does not show app/vat/"]
    assert _complaints(MAP, **{"helm/Chart.yaml": ""}) == ["README.md: the map does not show helm/"]
    assert _complaints(MAP.replace("tests/", "lib/")) == [
        "README.md: the map does not show tests/",
        "README.md: the map shows lib/, which is not there",
    ]
    assert _complaints(MAP.replace("vat/  VAT", "vat/")) == ["README.md: the map does not say what app/vat/ is for"]
