"""The circulation itself: where a case stands, what may happen next, who may do it.

An approval counts while what was approved is what stands there now, and while nothing went back to before its step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.kernel.errors import Conflict, Forbidden, Refusal
from app.kernel.money import format_pln
from app.purchasing.rules.facts import (
    OF_THE_UNIT,
    RIGHTS,
    Act,
    ActKind,
    Person,
    Scheme,
    State,
    Step,
    StepKind,
    Substitute,
)
from app.purchasing.rules.scheme import needed

CENTRE = "art. 10c ustawy o samorządzie gminnym"
CONTROL = "art. 54 ustawy o finansach publicznych"
SHORTEST_REASON = 3
NEEDS_REASON: frozenset[ActKind] = frozenset({"return", "reject", "object", "order", "override"})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case is. `step`: what is waited for, None when nothing is (`state` says why).

    `done`: the acts that count, by the code of their step; `objection`: the chief accountant's refusal to sign that
    waits for the head's order, else None.
    """

    state: State
    step: Step | None
    done: Mapping[str, Act] = field(default_factory=dict)
    objection: Act | None = None


def standing(scheme: Scheme, gross: Decimal, acts: Sequence[Act]) -> Standing:
    """From the whole book, in its order. No step is ever passed but by an act of its own.

    Law: art. 44 ust. 3, art. 46, art. 54 ustawy o finansach publicznych
    """
    steps = needed(scheme, gross)
    place = {one.code: at for at, one in enumerate(steps)}
    done: dict[str, Act] = {}
    state: State = "open"
    objection: Act | None = None
    for act in acts:
        at = place.get(act.to_step or act.step or "", 0)
        match act.kind:
            case "open":
                done, state = {}, "open"
            case "describe" | "approve" | "order":
                waited = next((one for one in steps if one.code not in done), None)
                if state == "open" and waited is not None and act.step == waited.code:
                    done[waited.code] = act
                    objection = None
            case "object":
                objection = act
            case "return" | "change":
                done = {code: one for code, one in done.items() if place[code] < at}
                state, objection = "open", None
            case "reject":
                state, objection = "rejected", None
            case "withdraw":
                state, objection = "withdrawn", None
    waited = next((one for one in steps if one.code not in done), None)
    if state == "open" and waited is None:
        state = "ready"
    return Standing(state, waited if state == "open" else None, done, objection)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to do. `content`: the hash of what they saw on the page; `step`: what it waited for then,
    empty when it was ready."""

    kind: ActKind
    step: str
    content: str
    note: str = ""
    to_step: str | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything that the decision depends on: today, the case as it stands, its amount and content, the deputies."""

    on: date
    scheme: Scheme
    gross: Decimal
    content: str
    standing: Standing
    substitutes: tuple[Substitute, ...] = ()
    authors: frozenset[str] = frozenset()
    """Whoever entered or described the document, now or before."""
    alarms: tuple[str, ...] = ()
    """Titles of alarms that stop an approval until somebody allowed them."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The act may be done; `for_login`: as whose substitute."""

    step: Step
    for_login: str | None = None


def permit(wanted: Wanted, person: Person, now: Circumstances) -> Allowed:
    """Whether this person may do this now, and as whose substitute.

    Raises `Conflict` when the case has moved or changed meanwhile, `Forbidden` when this person may not, `Refusal` when
    something is missing.

    Law: art. 53 ust. 1 i 2, art. 54 ustawy o finansach publicznych; art. 10c ustawy o samorządzie gminnym
    """
    back = wanted.kind == "return" and not wanted.step and now.standing.state == "ready"
    step = now.scheme.steps[-1] if back else _waited(wanted, now)
    if wanted.content != now.content:
        raise Conflict(
            "Dokument albo jego opis zmienił się, odkąd otworzono tę stronę. Przeczytaj go jeszcze raz i zdecyduj.",
            "content",
        )
    if wanted.kind in NEEDS_REASON and len(wanted.note.strip()) < SHORTEST_REASON:
        raise Refusal("Napisz powód: zobaczą go wszyscy, którzy pracują przy tym dokumencie.", "note")
    if wanted.kind == "order":
        _may_order(person, now)
        return Allowed(step)
    if wanted.kind == "object" and step.kind != "control":
        raise Refusal("Odmówić podpisu może tylko główny księgowy w kroku wstępnej kontroli.", "kind", CONTROL)
    if wanted.kind == "return":
        _goes_back(wanted, step, now.scheme)
    if back:
        _may_take_back(person)
        return Allowed(step)
    allowed = who_may(step, person, now)
    if wanted.kind == "approve":
        if step.kind == "describe":
            raise Refusal("Ten krok kończy zapisanie opisu.", "kind")
        if now.standing.objection is not None:
            raise Conflict(
                "Główny księgowy odmówił podpisu. Kierownik może wydać pisemne polecenie albo zwrócić dokument."
            )
        if now.alarms:
            raise Conflict(f"Najpierw wyjaśnij ostrzeżenie: {now.alarms[0]}.", "alarm")
    return allowed


def _waited(wanted: Wanted, now: Circumstances) -> Step:
    step = now.standing.step
    if step is None:
        word = {"ready": "jest gotowy do wypłaty", "rejected": "został odrzucony"}.get(
            now.standing.state, "został wycofany"
        )
        raise Conflict(f"Tego kroku już nie ma: dokument {word}.", "step")
    if step.code != wanted.step:
        raise Conflict(f"Ktoś już zdecydował: dokument czeka teraz na krok „{step.title}”. Odśwież stronę.", "step")
    return step


def _goes_back(wanted: Wanted, step: Step, scheme: Scheme) -> None:
    codes = [one.code for one in scheme.steps]
    if wanted.to_step not in codes or codes.index(wanted.to_step) >= codes.index(step.code):
        raise Refusal("Wybierz wcześniejszy krok, do którego wraca dokument.", "to_step")


def who_may(step: Step, person: Person, now: Circumstances) -> Allowed:
    """Whether the person may do this step: by a right of their own, else as somebody's substitute today.

    Raises `Forbidden` that says what is missing.

    Law: art. 10c ustawy o samorządzie gminnym; art. 53 ust. 2 ustawy o finansach publicznych
    """
    if step.kind == "head" and (person.serves or (not person.own and "sign" in person.rights)):
        raise Forbidden(
            "Zatwierdza kierownik jednostki albo jego zastępca. Osoba z centrum usług wspólnych nie może tego zrobić "
            "ani z upoważnienia, ani w zastępstwie.",
            "person",
            CENTRE,
        )
    for code in step.apart_from:
        before = now.scheme.step(code)
        did = now.standing.done.get(code)
        wrote = before is not None and before.kind == "describe" and person.login in now.authors
        if wrote or (did is not None and did.actor == person.login):
            raise Forbidden(
                f"Kto wykonał krok „{before.title if before else code}”, nie może wykonać kroku „{step.title}” "
                "w tej samej sprawie. Potrzebna jest druga osoba.",
                "person",
            )
    over = step.limit is not None and abs(now.gross) > step.limit
    if over and step.kind not in ("head", "control"):
        if "sign" in person.rights and person.own and not person.serves:
            return Allowed(step)
    elif RIGHTS[step.kind] in person.rights and (step.kind not in OF_THE_UNIT or person.own):
        return Allowed(step)
    if (found := _substitute(step, person, now, over=over)) is not None:
        return Allowed(step, found.for_login)
    raise Forbidden(_missing(step, over=over), "person")


def _substitute(step: Step, person: Person, now: Circumstances, *, over: bool) -> Substitute | None:
    kind: StepKind = "head" if over else step.kind
    if kind in OF_THE_UNIT and person.serves:
        return None
    for one in now.substitutes:
        in_time = one.since_on <= now.on <= one.until_on
        within = one.limit is None or abs(now.gross) <= one.limit
        if one.login == person.login and one.step_kind == kind and in_time and within:
            return one
    return None


def _missing(step: Step, *, over: bool) -> str:
    if over and step.limit is not None:
        return f"Powyżej {format_pln(step.limit)} krok „{step.title}” wykonuje kierownik jednostki albo jego zastępca."
    return f"Nie masz prawa do kroku „{step.title}”: daje je rola albo zastępstwo na dziś i na taką kwotę."


def _may_take_back(person: Person) -> None:
    """What is approved and not paid yet goes back by the chief accountant or the unit's head."""
    if "control" not in person.rights and (person.serves or not person.own or "sign" not in person.rights):
        raise Forbidden("Gotowy dokument cofa główny księgowy albo kierownik jednostki.", "person")


def _may_order(person: Person, now: Circumstances) -> None:
    """Law: art. 54 ust. 6 i 7 ustawy o finansach publicznych"""
    if now.standing.objection is None:
        raise Refusal("Polecenie wydaje się tylko wtedy, gdy główny księgowy odmówił podpisu.", "kind", CONTROL)
    if person.serves or not person.own or "sign" not in person.rights:
        raise Forbidden(
            "Polecić wykonanie mimo odmowy głównego księgowego może tylko kierownik jednostki.", "person", CONTROL
        )


def check_substitute(given: Substitute, giver: Person, *, serves: bool) -> None:
    """Whether `giver` may make this person a substitute. `serves`: the substitute belongs to the service centre.

    Raises `Refusal` or `Forbidden`.

    Law: art. 53 ust. 2 ustawy o finansach publicznych; art. 10c ustawy o samorządzie gminnym
    """
    if given.until_on < given.since_on:
        raise Refusal("Ostatni dzień zastępstwa nie może być wcześniejszy niż pierwszy.", "until_on")
    if given.login == given.for_login:
        raise Refusal("Zastępcą musi być inna osoba.", "login")
    if given.step_kind in OF_THE_UNIT:
        if serves:
            raise Refusal(
                "Osoba z centrum usług wspólnych nie może zastępować nikogo w decyzjach jednostki. "
                "Kierownik upoważnia zastępcę spośród pracowników jednostki.",
                "login",
                CENTRE,
            )
        if giver.serves or not giver.own or "sign" not in giver.rights:
            raise Forbidden("Zastępstwo w decyzjach jednostki ustanawia jej kierownik.", "person", CENTRE)
    elif "control" not in giver.rights:
        raise Forbidden("Zastępstwo w sprawdzaniu i kontroli ustanawia główny księgowy.", "person", CONTROL)
