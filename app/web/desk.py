"""What a door hands to a room's page: where the person works, what they may do there, and a way to the rows.

A room's handler takes `desk: NamedDependency[Desk]` and knows nothing of tenants:

    @get("/vat/rejestr/{month:str}", guards=[may("vat.register", "read")])
    def register(desk: NamedDependency[Desk], month: FromPath[str]) -> Page:
        with desk.reading() as session:
            ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.kernel.files import Files


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with a role here. `serves` as in `Desk`."""

    login: str
    name: str
    serves: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's place of work for one request. `code` and `name` are the tenant's; `on` is today in Poland."""

    slug: str
    code: str
    name: str
    municipality: bool
    login: str
    person: str
    on: date
    may: Callable[[str, str], bool]
    modules: frozenset[str]
    """Rooms that are open here today."""
    reading: Callable[[], AbstractContextManager[Session]]
    """A session that only reads."""
    writing: Callable[[], AbstractContextManager[Session]]
    """A session that commits when the block ends well."""
    files: Files
    secret: Callable[[str], bytes | None] = lambda name: None
    """A key that the deployment holds under this name ("offline/5260250274.pem"), None when there is none."""
    own: bool = True
    """Whether the person has a role of this tenant itself, not only by a mandate."""
    serves: bool = False
    """Whether the person also works for somebody who serves this tenant by a resolution: a service centre."""
    colleagues: Callable[[], Sequence[Colleague]] = tuple
    """People with a role of this tenant itself."""

    def url(self, path: str = "") -> str:
        """An address inside this tenant: `url("/vat/rejestr")`."""
        return f"/{self.slug}{path}"
