"""The macros that every page is made of: what people and their screen readers get from each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from jinja2 import UndefinedError
from lxml import html

from app.kernel.reckoning import Parameter, Step
from app.web.forms import Field, Form
from app.web.parts import Candidate, Event
from app.web.render import Account, Progress, environment
from app.web.tables import Bulk, Column, ListSource
from tests.web.bills import BILLS, TABLE

UI: Any = environment().globals["ui"]


def drawn(name: str, *args: object, **kwargs: object) -> html.HtmlElement:
    """One macro's output, as an element around it."""
    return html.fragment_fromstring(str(getattr(UI, name)(*args, **kwargs)), create_parent="div")


def words(node: html.HtmlElement) -> str:
    return " ".join(" ".join(node.itertext()).split())


def test_a_macro_that_is_not_there_is_a_defect_not_a_gap() -> None:
    with pytest.raises(AttributeError, match="no macro 'nope'"):
        UI.nope  # noqa: B018
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nope }}").render()


def test_words_of_people_never_become_markup() -> None:
    evil = "<img src=x onerror=alert(1)>"
    assert "<img" not in str(UI.status("info", evil))
    assert "<img" not in str(UI.notice("danger", evil, evil))
    assert "<img" not in str(UI.toast({"kind": "info", "text": evil}))
    table = TABLE.view(TABLE.query({"dostawca": evil}), ListSource(BILLS))
    assert "<img" not in str(UI.table(table))


def test_a_status_has_words_and_an_icon_in_every_tone() -> None:
    for tone in ("neutral", "info", "success", "warning", "danger"):
        node = drawn("status", tone, "gotowe")
        assert words(node) == "gotowe"
        assert len(node.findall(".//svg")) == 1


def test_an_amount_with_a_reckoning_is_a_link_that_works_without_scripts() -> None:
    link = drawn("amount", Decimal("48.26"), "/wyliczenie/1").find("a")
    assert link is not None and link.get("href") == link.get("hx-get") == "/wyliczenie/1"
    assert words(link) == "48,26 zł"
    assert drawn("amount", None, "/wyliczenie/1").find("a") is None
    assert words(drawn("amount", Decimal("94354"), unit=False, places=0)) == "94 354"


def test_a_table_names_its_cells_for_cards_on_phones() -> None:
    made = drawn("table", TABLE.view(TABLE.query({"sortuj": "numer"}), ListSource(BILLS)))
    labels = [cell.get("data-label") for cell in made.find(".//tbody/tr").findall("td")]
    assert labels == ["Numer", "Dostawca", "Wystawiony", "Zapłacony", "Miesiąc", "Netto", "Sztuk", "Stan"]
    assert made.find(".//th[@aria-sort]").get("aria-sort") == "ascending"
    assert words(made.find(".//tfoot")) == "Razem 102 268,55 14"
    assert [row.get("tabindex") for row in made.findall(".//tr[@data-row]")] == ["0", "-1"]


def test_a_bulk_action_carries_the_filters() -> None:
    table = replace(TABLE, bulk=(Bulk("Zapłać", "/zaplac", confirm="Na pewno?"),))
    made = drawn("table", table.view(table.query({"dostawca": "tauron"}), ListSource(BILLS)))
    button = made.find(".//button[@formaction]")
    assert button is not None
    assert (button.get("formaction"), button.get("data-confirm")) == ("/zaplac?dostawca=tauron", "Na pewno?")
    assert [cell.get("data-sum") for cell in made.findall(".//td[@data-sum]")] == ["1234.00", "1234.56"]


def test_a_callers_cells_are_drawn_by_the_caller() -> None:
    table = replace(TABLE, columns=(*TABLE.columns, Column("id", "Zrób", kind="custom", filter=False, sort=False)))
    cell = "<b>{{ column.key }}{{ row.id }}</b>"
    template = environment().from_string(f"{{% call(row, column) ui.table(view) %}}{cell}{{% endcall %}}")
    made = html.fromstring(template.render(view=table.view(table.query({}), ListSource(BILLS))))
    assert [bold.text for bold in made.findall(".//tbody//b")] == ["id4", "id5"]


def test_a_form_points_each_box_at_its_hint_and_error() -> None:
    form = Form("dane", (Field("nip", "NIP", hint="Dziesięć cyfr."), Field("note", "Uwagi", required=False)))
    template = environment().from_string("{% call ui.form(form, '/x') %}{{ ui.fields(form) }}{% endcall %}")
    made: Any = html.fromstring(template.render(form=form.read({"nip": ""})))
    box = made.find(".//input[@name='nip']")
    assert box is not None
    assert box.get("aria-describedby") == "dane-nip-error dane-nip-hint"
    assert (box.get("aria-invalid"), box.get("aria-required")) == ("true", "true")
    assert {made.get_element_by_id(name) is not None for name in ("dane-nip-error", "dane-nip-hint")} == {True}
    assert made.find(".//*[@role='alert']//a").get("href") == "#dane-nip"
    assert "(nieobowiązkowe)" in words(made)


def test_a_form_that_keeps_no_draft_says_so() -> None:
    form = Form("wejscie", (Field("password", "Hasło", "password"),))
    template = environment().from_string(
        "{% call ui.form(form, '/x', draft=false) %}{{ ui.fields(form) }}{% endcall %}"
    )
    made: Any = html.fromstring(template.render(form=form.blank()))
    assert made.get("data-draft") is None
    assert made.find(".//input[@name='password']").get("type") == "password"


def test_a_reckoning_shows_steps_parameters_and_law() -> None:
    parameter = Parameter("Prewspółczynnik", "17%", None, None, "protokół", "S")
    steps = [Step("VAT", "100 × 23%", "23,00", "art. 86"), Step("Udział", "", "3,91", "", parameter)]
    said = words(drawn("reckoning", "Do odliczenia", "3,91 zł", steps, [("Faktura", "FV/1", "/f/1")], ["art. 90"]))
    assert said == (
        "Do odliczenia 3,91 zł Fakty Faktura FV/1 Kroki VAT 23,00 100 × 23% art. 86 "
        "Udział 3,91 Prewspółczynnik = 17% · protokół Podstawa prawna art. 90"
    )


def test_a_history_says_who_what_when_and_what_changed() -> None:
    event = Event("Anna", "zmieniła", datetime(2026, 9, 1, 8, tzinfo=UTC), "pełnomocnictwo", [("VAT", "1", "2")])
    made = drawn("timeline", [event, Event("System", "wczytał", event.at)])
    assert words(made.findall(".//li")[0]) == "Anna zmieniła 01.09.2026 10:00 · pełnomocnictwo VAT 1 2"
    assert made.find(".//time").get("datetime") == "2026-09-01T08:00:00+00:00"


@pytest.mark.parametrize(
    ("state", "watched", "stoppable"),
    [("waiting", True, True), ("running", True, True), ("done", False, False), ("failed", False, False)],
)
def test_only_a_run_that_goes_on_is_watched_and_stopped(state: str, watched: bool, stoppable: bool) -> None:
    run = Progress("1", "Wczytywanie", 5, 10, state, stream="/s", cancel_url="/c")  # type: ignore[arg-type]
    made = drawn("progress", run)
    assert (made.find(".//*[@sse-connect]") is not None) is watched
    assert (made.find(".//form") is not None) is stoppable
    assert made.find(".//progress").get("value") == "5"
    assert Progress("2", "Pusty", 0, 0).percent == 0


def test_candidates_have_their_digits_and_the_best_is_chosen() -> None:
    items = [Candidate(str(n), f"SP {n}", 100 - n, evidence=[("success", "adres")]) for n in range(1, 12)]
    made = drawn("candidates", items, "/x", "Która?", values={"faktura": 7})
    assert [label.get("data-shortcut") for label in made.findall(".//label")] == [*"123456789", None, None]
    assert [box.get("value") for box in made.findall(".//input[@checked]")] == ["1"]
    assert made.find(".//input[@name='faktura']").get("value") == "7"


def test_initials_are_two_letters() -> None:
    assert Account("Anna Maria Zielińska", "dyrektor").initials == "AM"
    assert Account("Łukasz", "dyrektor").initials == "Ł"
