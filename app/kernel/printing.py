"""Documents for people: a Typst template and plain data → a tagged PDF (PDF/UA-1), the same bytes for the same data.

One compiler a thread and template: compilers keep what they have read, and may not be shared.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

FACES = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor" / "print"
"""Fonts laid there at set-up (`app.web.assets`); the machine's own are never used, so a page looks alike everywhere."""
STANDARD = "ua-1"
_here = threading.local()


def pdf(template: Path, data: Mapping[str, Any], at: datetime) -> bytes:
    """The document as PDF. `data` (JSON values) is `json(bytes(sys.inputs.data))` in the template; `at`: the instant
    that the file says it was made, given so that the same document is the same file.

    Raises `RuntimeError` when the fonts were not laid out or the template is wrong: defects of ours.
    """
    made = _compiler(template).compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=at,
    )
    return cast(bytes, made)


def qr_svg(text: str) -> str:
    """A QR code of medium redundancy as SVG."""
    import segno

    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=2)
    return drawn.getvalue().decode()


def _compiler(template: Path) -> Any:
    known: dict[Path, Any] = _here.__dict__.setdefault("compilers", {})
    if template not in known:
        import typst  # large, and most processes never print

        if not any(FACES.glob("*.ttf")):
            raise RuntimeError(f"no fonts for printing in {FACES}: run `python -m app.web.assets`")
        known[template] = typst.Compiler(template, root=template.parent, font_paths=[FACES], ignore_system_fonts=True)
    return known[template]
