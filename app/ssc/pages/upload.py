"""Invoices handed in by a person: files kept first, then taken into the inbox by a run that anybody may watch."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body

from app.kernel import runs
from app.kernel.dates import counted
from app.kernel.runs import ChunkSpec
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import go, page
from policies.guards import may

KIND = "ksef.import"
FILES = Form(
    "wczytaj",
    (
        Field("pliki", "Paczki ZIP albo pliki XML z KSeF", kind="file", many=True, accept=".zip,.xml",
              hint="Zakupy i sprzedaż wszystkich jednostek razem, tak jak wydaje je KSeF."),
    ),
)  # fmt: skip


@get("/vat/wczytaj", guards=[may("vat.inbox", "import")], sync_to_thread=False)
def form(desk: NamedDependency[Desk]) -> Response[Any]:
    """Where files are dropped."""
    return _page(desk, FILES.blank())


def _page(desk: Desk, posted: Posted) -> Response[Any]:
    return page("ssc/upload.html", status=200 if posted.ok else 422, desk=desk, form=posted)


@post("/vat/wczytaj", guards=[may("vat.inbox", "import")])
async def upload(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[Any]:
    """Keeps the files and starts the run."""
    posted = FILES.read(await request.form())
    if not posted.ok:
        return _page(desk, posted)
    kept: list[tuple[str, str]] = []
    files: list[UploadFile] = posted.values["pliki"]
    for file in files:
        stored = desk.files.put(await file.read())
        kept.append((file.filename, stored.sha256))
    return start(desk, kept)


def start(desk: Desk, kept: list[tuple[str, str]]) -> Response[Any]:
    """A run with a chunk for every file."""
    chunks = [
        ChunkSpec(f"{place}. {name}"[:120], {"name": name, "sha256": sha256}, "import")
        for place, (name, sha256) in enumerate(kept, 1)
    ]
    title = f"Wczytanie z KSeF: {counted(len(kept), 'plik', 'pliki', 'plików')}"
    with desk.writing() as session:
        run_id = runs.start(session, KIND, title, {}, chunks).id
    return go(desk.url(f"/przebiegi/{run_id}"))


HANDLERS = [form, upload]
