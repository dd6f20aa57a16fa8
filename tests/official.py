"""Where the official schemas, samples and worked figures are, for tests that skip without them."""

from __future__ import annotations

import os
from pathlib import Path

FORMATS = Path(os.environ.get("MAGISTRAT_SCHEMAS", Path(__file__).parents[2] / "shared" / "formats"))
