"""The portal's words in three languages: Polish stands in templates and code, `locale/*.po` hold what differs."""

from __future__ import annotations

from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = {"pl": "Polski", "en": "English", "uk": "Українська"}
"""Each by its own name. Polish has no prefix in addresses, the others their code."""
DEFAULT = "pl"


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> GNUTranslations:
    """The catalogue of a language; a text it does not know stays as it is written, in Polish."""
    with (LOCALE / f"{language}.po").open("rb") as text:
        catalogue = read_po(text, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
