"""`magistrat ksef …`: a city's KSeF inbox from the command line."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from app.cli import ksef_link
from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.dates import counted
from app.kernel.errors import Refusal

if TYPE_CHECKING:
    from app.ssc.inbox import Report
    from app.vat.service.inbox import Fate
    from tenants.models import Tenant
    from tenants.session import Host

SHOWN = 20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WORDS = {
    "assigned": "przypisana",
    "queued": "w kolejce",
    "internal": "między jednostkami",
    "duplicate": "powtórzona",
    "quarantined": "w kwarantannie",
    "known": "już w kwarantannie",
}


@click.group()
def ksef() -> None:
    """Skrzynka KSeF miasta: połączenie i pobieranie, wczytywanie faktur, kolejka przypisań, kwarantanna."""


for _command in ksef_link.COMMANDS:
    ksef.add_command(_command)


@contextmanager
def _city(slug: str) -> Iterator[tuple[Host, Tenant, str]]:
    """The host, the municipality under this slug or TERYT code, and who acts."""
    from tenants.models import Kind

    with door.door(slug) as (host, tenant):
        if tenant.kind != Kind.MUNICIPALITY:
            raise Refusal(f"{tenant.name} nie jest gminą; skrzynkę KSeF ma tylko gmina.", "tenant")
        yield host, tenant, actor()


tenant_option = click.option("--tenant", required=True, help="Gmina: skrót z adresu albo kod TERYT.")


@ksef.command(name="import")
@tenant_option
@click.option("--json", "only_json", is_flag=True, help="Wypisz tylko wynik w JSON.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Zapisz los każdego pliku jako CSV.")
@click.option("--workers", type=click.IntRange(1, 64), help="Liczba procesów; domyślnie tyle, ile rdzeni.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_(tenant: str, only_json: bool, report: Path | None, workers: int | None, paths: tuple[Path, ...]) -> None:
    """Wczytaj faktury FA(3): pliki XML, foldery i paczki ZIP z KSeF.

    Czego nie da się przyjąć, trafia z przyczyną do kwarantanny; nic nie przerywa wczytywania ani nie ginie.
    """
    from app.ssc.inbox import Import, expected, import_paths

    wanted = Import(paths, workers)
    problems = _Problems()
    with ExitStack() as stack:
        host, municipality, actor = stack.enter_context(_city(tenant))
        listeners = [problems.hear]
        if report is not None:
            listeners.append(stack.enter_context(_csv(report)))
        if sys.stderr.isatty() and not only_json:
            listeners.append(stack.enter_context(_progress(expected(paths))))

        def tell(fates: Sequence[Fate]) -> None:
            for listener in listeners:
                listener(fates)

        done = import_paths(host, municipality, wanted, actor, tell)
    if not only_json:
        _summary(done, problems, municipality)
    door.last_line(done.as_json())


class _Problems:
    """The first documents that were not taken in, with the sentences that say why."""

    def __init__(self) -> None:
        self.first: list[tuple[str, str]] = []
        self.count = 0

    def hear(self, fates: Sequence[Fate]) -> None:
        for fate in fates:
            if fate.outcome in ("quarantined", "known"):
                self.count += 1
                if len(self.first) < SHOWN:
                    more = counted(len(fate.reasons) - 1, "inna przyczyna", "inne przyczyny", "innych przyczyn")
                    rest = f" (i {more})" if len(fate.reasons) > 1 else ""
                    self.first.append((fate.name, f"{fate.reasons[0]}{rest}"))


@contextmanager
def _csv(path: Path) -> Iterator[Any]:
    """UTF-8 with a byte-order mark and semicolons, for Polish spreadsheets; nothing in it can act as a formula."""
    try:
        file = path.open("w", encoding="utf-8-sig", newline="")
    except OSError:
        raise Refusal(f"Nie można zapisać raportu w pliku {path}.", "report") from None
    with file:
        out = csv.writer(file, delimiter=";")
        out.writerow(("Plik", "Wynik", "Przyczyny"))

        def write(fates: Sequence[Fate]) -> None:
            for fate in fates:
                name = f"'{fate.name}" if fate.name.startswith(_FORMULA) else fate.name
                out.writerow((name, _WORDS[fate.outcome], " ".join(fate.reasons)))

        yield write


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Wczytuję faktury"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda fates: bar.advance(task, len(fates))


def _summary(done: Report, problems: _Problems, municipality: Tenant) -> None:
    read = counted(done.total, "dokument", "dokumenty", "dokumentów")
    stored = counted(done.stored, "nowa faktura", "nowe faktury", "nowych faktur")
    click.echo(f"{municipality.name}: przeczytano {read}, w skrzynce {stored}.")
    lines = [
        (done.assigned, "przypisana jednostce", "przypisane jednostkom", "przypisanych jednostkom"),
        (done.queued, "czeka w kolejce", "czekają w kolejce", "czeka w kolejce"),
        (done.internal, "między jednostkami miasta", "między jednostkami miasta", "między jednostkami miasta"),
        (done.duplicates, "powtórzenie, pominięte", "powtórzenia, pominięte", "powtórzeń, pominiętych"),
        (done.numbered, "uzupełniony numer KSeF", "uzupełnione numery KSeF", "uzupełnionych numerów KSeF"),
        (done.quarantined, "trafiła do kwarantanny", "trafiły do kwarantanny", "trafiło do kwarantanny"),
        (done.known, "była już w kwarantannie", "były już w kwarantannie", "było już w kwarantannie"),
    ]
    for count, *forms in lines:
        if count:
            click.echo(f"  {counted(count, *forms)}")
    for name, sentence in problems.first:
        click.echo(f"{name}: {sentence}")
    if problems.count > len(problems.first):
        click.echo(f"… i jeszcze {problems.count - len(problems.first)}.")


@ksef.command()
@click.option("--tenant", help="Gmina, której przypisania ocenić; razem z --truth.")
@click.option("--truth", type=click.Path(path_type=Path), help="Plik truth.jsonl generatora.")
@click.option("--units", default=1000, show_default=True, type=click.IntRange(10, 2000), help="Liczba jednostek.")
@click.option(
    "--invoices",
    default=13_000,
    show_default=True,
    type=click.IntRange(100, 100_000),
    help="Liczba faktur w każdym z dwóch miesięcy.",
)
@click.option("--seed", default=1, show_default=True, type=int, help="Ziarno: te same faktury za każdym razem.")
@click.option("--workers", type=click.IntRange(1, 64), help="Liczba procesów; domyślnie tyle, ile rdzeni.")
def score(tenant: str | None, truth: Path | None, units: int, invoices: int, seed: int, workers: int | None) -> None:
    """Oceń przypisania: precyzja, ile bez człowieka, co z czym pomylono.

    Bez --tenant powstaje wymyślona stolica z dwoma miesiącami faktur: pierwszy miesiąc potwierdza prawda, w drugim
    silnik przypisuje sam. Z --tenant i --truth porównuje to, co zrobiono w mieście demonstracyjnym.
    """
    if (tenant is None) != (truth is None):
        raise Refusal("Podaj razem --tenant i --truth albo żadnego z nich.", "truth")
    if tenant is not None and truth is not None:
        _score_tenant(tenant, truth)
    else:
        _score_capital(units, invoices, seed, workers or os.cpu_count() or 1)


def _score_capital(units: int, invoices: int, seed: int, workers: int) -> None:
    from app.ops.demo.capital.trial import try_out

    with ExitStack() as stack:
        tell = stack.enter_context(_counting(2 * invoices)) if sys.stderr.isatty() else (lambda done: None)
        trial = try_out(units, invoices, seed, workers, tell)
    every = trial.automatic + trial.queued
    click.echo(f"Jednostki: {units}; faktury drugiego miesiąca: {every}, bez Podmiot3: {trial.unmarked}.")
    click.echo(f"Przypisano bez człowieka: {trial.automatic}, trafnie {trial.right}; w kolejce {trial.queued}.")
    click.echo("Z czym jest trudno (trafnie / błędnie / w kolejce):")
    for trap, counts in sorted(trial.by_trap.items()):
        click.echo(f"  {trap:<16} {counts['right']:>6} {counts['wrong']:>4} {counts['queued']:>6}")
    click.echo("Co z czym pomylono (rodzaj jednostki prawdziwej → wskazanej):" if trial.wrong else "Żadnej pomyłki.")
    for (true, given), count in trial.confusions.most_common():
        click.echo(f"  {count:>4}  {true} → {given}")
    door.last_line(trial.as_json())


@contextmanager
def _counting(expected: int) -> Iterator[Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("faktury"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task("faktury", total=expected)
        yield lambda done: bar.advance(task, done)


def _score_tenant(tenant: str, truth: Path) -> None:
    from app.ops.demo.scoring import read_truth
    from app.ops.demo.scoring import score as hold
    from app.vat.queries.inbox import decided_by_rule

    try:
        lines = read_truth(truth)
    except (OSError, ValueError):
        raise Refusal(f"Nie można odczytać prawdy z pliku {truth}.", "truth") from None
    with _city(tenant) as (host, municipality, actor), host.tenant(municipality, actor, read_only=True) as session:
        decisions = decided_by_rule(session)
    found = hold(lines, decisions)
    true = {line["ksef_number"]: line for line in lines if line["side"] in ("purchase", "sale")}
    wrong = [
        {"ksef_number": number, "invoice_number": line["invoice_number"], "true": line["unit"], "given": given}
        for number, line in true.items()
        if (given := decisions.get(number)) is not None and given != line["unit"]
    ]
    automatic = found.right + found.wrong
    click.echo(f"Rozstrzygnięte przez regułę: {automatic} z {found.invoices}, trafnie {found.right}.")
    click.echo(f"Precyzja {float(found.precision):.4f}, czułość {float(found.recall):.4f}.")
    for one in wrong[:SHOWN]:
        click.echo(f"{one['invoice_number']}: {one['given']} zamiast {one['true'] or 'kolejki'}")
    door.last_line(
        {
            "precision": round(float(found.precision), 6),
            "recall": round(float(found.recall), 6),
            "automatic": automatic,
            "queued": found.invoices - automatic,
            "wrong": wrong,
        }
    )


@ksef.command()
@tenant_option
@click.option("--limit", default=SHOWN, show_default=True, help="Ile faktur pokazać.")
def queue(tenant: str, limit: int) -> None:
    """Pokaż faktury, które czekają na wskazanie jednostki, i dlaczego czekają."""
    from app.vat.queries import inbox

    with _city(tenant) as (host, municipality, actor), host.tenant(municipality, actor, read_only=True) as session:
        kinds = inbox.queue_counts(session)
        listing = inbox.queue(session)
        waiting = session.execute(listing.statement.order_by(listing.tie).limit(limit)).all()
    total = sum(kind.count for kind in kinds)
    click.echo(f"W kolejce: {counted(total, 'faktura', 'faktury', 'faktur')}.")
    for kind in kinds:
        click.echo(f"  {kind.count:>6}  {kind.kind}")
    for one in waiting:
        hint = f" → {one.candidate}" + (f" ({one.score} %)" if one.score is not None else "") if one.candidate else ""
        click.echo(f"{one.number}, {one.counterparty}, {one.gross} {one.currency}{hint}")
    if total > len(waiting):
        click.echo(f"… i jeszcze {total - len(waiting)}.")


@ksef.command()
@tenant_option
@click.option("--settle", "settled", type=click.UUID, help="Identyfikator dokumentu, który wyjaśniono.")
@click.option("--note", default="", help="Co z nim zrobiono.")
def quarantine(tenant: str, settled: UUID | None, note: str) -> None:
    """Pokaż dokumenty, których nie dało się przyjąć, albo odnotuj, że jeden z nich wyjaśniono."""
    from app.vat.queries import inbox
    from app.vat.service.inbox import settle

    with _city(tenant) as (host, municipality, actor), host.tenant(municipality, actor) as session:
        if settled is not None:
            settle(session, settled, note)
            click.echo("Odnotowano.")
            return
        listing = inbox.quarantine(session)
        open_ones = listing.statement.where(~listing.columns["settled"]).order_by(listing.tie)
        found = session.execute(open_ones).all()
    click.echo(f"W kwarantannie: {counted(len(found), 'dokument', 'dokumenty', 'dokumentów')}.")
    for one in found:
        click.echo(f"{one.id}  {one.name}: {one.reason}")
