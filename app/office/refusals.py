"""What a person sees when something will not be done: what happened, what is safe, what to do. Never a stack trace."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.types import ExceptionHandlersMap

from app.kernel.errors import Conflict, Forbidden, NotFound, Refusal
from app.office.entry import NOWHERE, csrf, office
from app.web.render import page

_STATUS = {Forbidden: 403, NotFound: 404, Conflict: 409}
_HEADINGS = {403: "Brak prawa", 404: "Nie znaleziono", 409: "Ktoś był szybszy", 422: "Tego nie można zrobić"}
_ADVICE = {
    403: "Wróć i wybierz inną czynność albo poproś o nadanie roli.",
    404: "Sprawdź adres albo wybierz gminę lub jednostkę z listy.",
    409: "Odśwież stronę, sprawdź zmiany i spróbuj ponownie.",
    422: "Wróć, popraw dane i spróbuj ponownie.",
}


def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """403 without the right, 404 for what is not there or not for this person, 409 for a conflict, else 422."""
    status = next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), 422)
    return _page(status, refusal.message, law=refusal.law, back="/gdzie" if status in (403, 404) else None)


def not_found(request: Request[Any, Any, Any], _: NotFoundException) -> Response[Any]:
    """An address no route answers looks like a tenant the person cannot reach."""
    return _page(404, NOWHERE, back="/gdzie")


def denied(request: Request[Any, Any, Any], _: PermissionDeniedException) -> Response[Any]:
    """A form without a fitting CSRF token: left open too long, or sent by another site. A fresh token is given."""
    made = _page(
        403, "Formularz był otwarty zbyt długo albo wysłano go spoza tej strony. Nic nie zostało zmienione.", again=True
    )
    made.delete_cookie(csrf(office(request).settings).cookie_name, path="/")
    return made


def _page(
    status: int, happened: str, law: str | None = None, back: str | None = None, again: bool = False
) -> Response[Any]:
    return page(
        "error.html",
        status=status,
        heading=_HEADINGS[status],
        happened=happened,
        safe="Wszystko, co było zapisane, pozostało bez zmian.",
        todo="Otwórz stronę ponownie i wyślij formularz jeszcze raz." if again else _ADVICE[status],
        number=None,
        back=back,
        again=again,
        law=law,
    )


def broken(number: str) -> Response[Any]:
    """Something failed that should not have; `number` finds it in the log."""
    return page(
        "error.html",
        status=500,
        heading="Coś się nie udało",
        happened="System napotkał błąd, którego nie przewidział.",
        safe="Nic nie zostało zapisane połowicznie: zmiany zapisują się w całości albo wcale.",
        todo="Spróbuj ponownie. Jeśli błąd wraca, podaj pomocy numer poniżej.",
        number=number,
        back=None,
        again=True,
        law=None,
    )


HANDLERS: ExceptionHandlersMap = {
    Refusal: refused,
    NotFoundException: not_found,
    PermissionDeniedException: denied,
}
"""For `exception_handlers` of the application."""
