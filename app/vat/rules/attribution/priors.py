"""What each sign is worth in a city that has confirmed nothing yet, and from which score it assigns by itself.

(right, wrong): in how many of so many invoices the sign pointed at the right unit. The city's own confirmations are
added to these counts (`model`), so that after a month or two what was measured here outweighs what was assumed.
"""

from __future__ import annotations

from collections.abc import Mapping

THRESHOLD = 50
"""Tenths of natural log-odds: 5.0 is 148 right to one wrong."""
BOLDEST = 40
"""Down to this score the measured mean is enough to assign; below, only a lower confidence bound is."""
HIGHEST = 120
"""No sum of signs counts for more."""

SIGNALS: Mapping[str, tuple[int, int]] = {
    # numbers of the unit where FA(3) has a place for them
    "internal_id": (2000, 2), "unit_nip": (2000, 2), "internal_id_2": (1000, 2), "unit_nip_2": (1000, 2),
    # what only one unit of the city has
    "name": (900, 1), "address": (450, 2),
    # names and places that several may have, or that agree only roughly
    "name_seen": (60, 20), "name_like": (15, 15), "name_hint": (10, 30),
    "address_seen": (40, 20), "building": (20, 20), "street": (5, 20), "postal": (5, 20),
    "email": (100, 3), "email_domain": (40, 10),
    # what the texts speak of
    "number_in_text": (60, 5), "mention": (60, 6), "mention_short": (30, 10), "mention_line": (25, 20),
    "mention_labelled": (60, 10), "mention_joint": (5, 20),
    # marks
    "not_for_unit": (30, 20), "number_prefix": (30, 20), "seller_is_city": (20, 30),
    # the supplier's history: after one, two or three, four and more confirmations that all say the same
    "corrected": (300, 2),
    "number/1": (60, 1), "number/2": (150, 1), "number/4": (300, 1),
    "customer/1": (60, 1), "customer/2": (150, 1), "customer/4": (300, 1),
    "point/1": (60, 1), "point/2": (150, 1), "point/4": (300, 1),
    "contract/1": (30, 1), "contract/2": (80, 1), "contract/4": (150, 1),
    "token/1": (20, 1), "token/2": (60, 1), "token/4": (120, 1),
    "phone/1": (40, 1), "phone/2": (100, 1), "phone/4": (200, 1),
    "mail/1": (30, 1), "mail/2": (80, 1), "mail/4": (150, 1),
    "called/1": (20, 1), "called/2": (60, 1), "called/4": (120, 1),
    "named/1": (20, 1), "named/2": (60, 1), "named/4": (120, 1),
    "place/1": (20, 1), "place/2": (60, 1), "place/4": (120, 1),
    "spot/1": (10, 3), "spot/2": (20, 3), "spot/4": (40, 3),
    "phrase/1": (20, 1), "phrase/2": (60, 1), "phrase/4": (120, 1),
    "account/1": (5, 5), "account/2": (20, 5), "account/4": (60, 4),
    "seller/1": (5, 10), "seller/2": (10, 6), "seller/4": (30, 5),
}  # fmt: skip
"""Every sign a candidate may have. Estimates of the authors, deliberately modest for history."""

WEIGHT_OF_ONE = 4
"""How many confirmations one of these kinds of history needs before it counts as old ("/4")."""
