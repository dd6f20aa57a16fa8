"""What the product says when it will not do something: a full Polish sentence, the field it is about, the article.

A `Refusal` is meant for people and never carries a traceback to them; any other exception is a defect of ours.
"""

from __future__ import annotations

from datetime import date


class Refusal(Exception):
    """A request that cannot be met as it stands.

    `message` is a full Polish sentence that says what to do; `field` is the path of the input it is about
    ("sales[2].K_19"), None when it is about the whole; `law` names the article, when there is one.
    """

    def __init__(self, message: str, field: str | None = None, law: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.law = law


class NotKnown(Refusal):
    """A parameter of the law has no value on that day. `parameter` and `on` are also in the message."""

    def __init__(
        self,
        message: str,
        field: str | None = None,
        law: str | None = None,
        parameter: str | None = None,
        on: date | None = None,
    ) -> None:
        super().__init__(message, field, law)
        self.parameter = parameter
        self.on = on


class Conflict(Refusal):
    """Somebody changed it meanwhile, or its state does not allow this any more."""


class NotFound(Refusal):
    """There is no such thing, or not for this person."""


class Forbidden(Refusal):
    """The person may not do this."""
