"""Which unit does an invoice concern: signs on the invoice, the city's own history, one measured threshold.

`directory` prepares the units once; `look` reads one invoice; `decide` weighs what it says with what the city remembers
(`Memory`): assigned, or queued for a person with ranked candidates. `lesson` is what a confirmation teaches. Everything
relied on is in `Evidence`: a sentence, a field, a weight. Start reading at `decision`, then `model`.

Law: wzór FA(3), Podmiot2/JST oraz Podmiot3 z rolą 7 i 8 (JST – wystawca, JST – odbiorca)
"""

from app.vat.rules.attribution.clues import CORRECTED, Clue
from app.vat.rules.attribution.decision import DECIDED_BY_RULE, Attribution, Looked, attribute, decide, look
from app.vat.rules.attribution.directory import Directory, Standing, directory
from app.vat.rules.attribution.learning import Lesson, forget, learn, lesson
from app.vat.rules.attribution.model import Memory, threshold
from app.vat.rules.attribution.ranking import Candidate, Evidence

__all__ = [
    "CORRECTED",
    "DECIDED_BY_RULE",
    "Attribution",
    "Candidate",
    "Clue",
    "Directory",
    "Evidence",
    "Lesson",
    "Looked",
    "Memory",
    "Standing",
    "attribute",
    "decide",
    "directory",
    "forget",
    "learn",
    "lesson",
    "look",
    "threshold",
]
