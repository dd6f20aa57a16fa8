"""A safe XML tree from untrusted bytes, and what the official schema says about it, in Polish.

No DTD, no entities, no network, no huge trees. The schema comes from the installed `ksef-client` (found without
importing it, which would take over a second) and is compiled once a process.
"""

from __future__ import annotations

import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, cast

from lxml import etree

from app.kernel.errors import Refusal
from app.vat.rules.facts import Finding

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
LARGEST_FINDINGS = 50
"""A broken document may have thousands of errors; a person reads the first ones."""

_SCHEMA = "schemat_FA(3)_v1-0E.xsd"
_OTHER_FORMS = {
    "http://crd.gov.pl/wzor/2021/11/29/11089/": "faktura FA(1), wzór sprzed września 2023",
    "http://crd.gov.pl/wzor/2023/06/29/12648/": "faktura FA(2), wzór obowiązujący do końca stycznia 2026",
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2": "faktura PEF (UBL)",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2": "faktura korygująca PEF (UBL)",
}
_LOCK = Lock()

Source = bytes | etree._Element


def parse(data: bytes) -> etree._Element:
    """The root of an FA(3) document. Comments and processing instructions are gone, so texts are whole.

    Raises `Refusal` when it is no XML, carries a DOCTYPE, is not UTF-8 or is another form (the sentence names it).
    """
    if not data.strip():
        raise Refusal("Plik jest pusty.")
    try:
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as problem:
        if b"<!DOCTYPE" in data:
            raise Refusal(_DOCTYPE) from None
        raise Refusal(f"Plik nie jest poprawnym dokumentem XML{_place(problem)}.") from None
    info = cast(Any, root.getroottree().docinfo)
    if info.doctype or info.internalDTD is not None:
        raise Refusal(_DOCTYPE)
    if (info.encoding or "UTF-8").upper() not in ("UTF-8", "UTF8", "ASCII", "US-ASCII"):
        raise Refusal(f"Dokument jest zapisany w kodowaniu {info.encoding}, a faktura KSeF musi być w UTF-8.")
    _require_fa3(root)
    return root


_DOCTYPE = "Dokument zawiera deklarację DOCTYPE. Ze względów bezpieczeństwa takich plików nie przyjmujemy."


def _place(problem: Exception) -> str:
    line = getattr(problem, "lineno", None)
    return f" (błąd w wierszu {line})" if line else ""


def _require_fa3(root: etree._Element) -> None:
    name = etree.QName(root)
    if name.namespace == NAMESPACE and name.localname == "Faktura":
        return
    form = _OTHER_FORMS.get(name.namespace or "") or _declared_form(root)
    if form is None and "upo" in (name.namespace or "").lower():
        form = "urzędowe poświadczenie odbioru (UPO), a nie faktura"
    found = form or f"element „{_short(name.localname)}” w przestrzeni nazw „{_short(name.namespace or 'brak')}”"
    raise Refusal(f"To nie jest faktura FA(3): {found}. Przyjmujemy tylko FA(3).")


def _declared_form(root: etree._Element) -> str | None:
    """What the document's own header calls its form: "FA_RR (1)", "JPK_V7M (3)" …"""
    for element in root.iter("{*}KodFormularza"):
        code = element.get("kodSystemowy") or element.text
        return f"formularz {_short(code)}" if code else None
    return None


def _short(text: str) -> str:
    return " ".join(text.split())[:60]


class _Bundled(etree.Resolver):
    """Resolves every import of the schema to a file of the same name beside it; nothing else is ever opened."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        known = {path.name: path for path in self.folder.glob("*.xsd")}
        path = known.get(system_url.replace("\\", "/").rsplit("/", 1)[-1])
        if path is None:
            raise FileNotFoundError(f"schema not bundled: {system_url}")
        return self.resolve_string(path.read_bytes(), context, base_url=system_url)


def _bundled(parser: etree.XMLParser) -> etree._Element:
    package = importlib.util.find_spec("ksef_client")
    if package is None or package.origin is None:
        raise RuntimeError("ksef-client, which carries the FA(3) schema, is not installed")
    folder = Path(package.origin).parent / "documents" / "fa3" / "schemas"
    parser.resolvers.add(_Bundled(folder))
    return etree.fromstring((folder / _SCHEMA).read_bytes(), parser)


def schema_root() -> etree._Element:
    """The official schema as a document, with the Ministry's words about its elements."""
    return _bundled(etree.XMLParser(no_network=True, resolve_entities=False))


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(schema_root())


def schema_errors(source: Source) -> list[Finding]:
    """What the official schema FA(3) 1-0E finds wrong, in the document's order, one finding an element; [] when valid.

    `source` is what `parse` returned, or bytes (then `Refusal` as from `parse`).
    """
    root = parse(source) if isinstance(source, bytes) else source
    with _LOCK:  # a schema's error log is shared between threads
        schema = _schema()
        if schema.validate(root):
            return []
        entries = [(entry.line, entry.path, entry.type_name, entry.message) for entry in cast(Any, schema.error_log)]
    findings: list[Finding] = []
    seen: set[tuple[int, str | None]] = set()
    for line, path, kind, message in entries:
        place = _named_path(root, path)
        if (line, place) in seen:
            continue
        seen.add((line, place))
        findings.append(Finding("error", "schema", place, _sentence(kind, message, line), line or None))
        if len(findings) == LARGEST_FINDINGS:
            break
    return findings


def _named_path(root: etree._Element, path: str | None) -> str | None:
    """ "Fa/P_15" from the validator's "/*/*[4]/*[9]"."""
    try:
        found = root.getroottree().xpath(path) if path else []
    except etree.XPathError:
        return None
    if not isinstance(found, list) or not found or not isinstance(found[0], etree._Element):
        return None
    element = found[0]
    names = [etree.QName(each).localname for each in (element, *element.iterancestors())]
    return "/".join(reversed(names[:-1])) or names[-1]


_ELEMENT = re.compile(r"Element '(?:\{[^}]*\})?([^']*)'")
_VALUE = re.compile(r"(?:The value '|^.*?: ')(.*?)'(?: is not| has|, |\.)", re.DOTALL)
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)")
_ATTRIBUTE = re.compile(r"[Tt]he attribute '(?:\{[^}]*\})?([^']*)'")
_LIMIT = re.compile(r"(?:length|value) of '(\d+)'\.?$")


def _sentence(kind: str, message: str, line: int) -> str:
    element = _match(_ELEMENT, message) or "dokument"
    return f"{element} (wiersz {line}): {_explanation(kind, message)}"


def _match(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _explanation(kind: str, message: str) -> str:
    value = _match(_VALUE, message)
    shown = f"wartość „{_short(value)}” " if value else ("pusta wartość " if "''" in message else "wartość ")
    expected = _match(_EXPECTED, message)
    wanted = ""
    if expected:
        names = [re.sub(r"\{[^}]*\}", "", name.strip()) for name in expected.split(",")]
        shown_names = names if len(names) <= 6 else [*names[:3], "…", *names[-2:]]  # what must come is listed last
        wanted = f" Oczekiwano: {', '.join(shown_names)}."
    match kind:
        case "SCHEMAV_ELEMENT_CONTENT" if "Missing child" in message:
            return f"brakuje wymaganego elementu.{wanted}"
        case "SCHEMAV_ELEMENT_CONTENT":
            return f"element w niedozwolonym miejscu.{wanted}"
        case "SCHEMAV_CVC_PATTERN_VALID":
            return f"{shown}nie ma wymaganej postaci."
        case "SCHEMAV_CVC_ENUMERATION_VALID":
            return f"{shown}jest spoza listy dozwolonych."
        case "SCHEMAV_CVC_MINLENGTH_VALID" | "SCHEMAV_CVC_LENGTH_VALID":
            return "tekst jest za krótki."
        case "SCHEMAV_CVC_MAXLENGTH_VALID":
            limit = _match(_LIMIT, message)
            return f"tekst jest za długi{f' (najwyżej {limit} znaków)' if limit else ''}."
        case "SCHEMAV_CVC_TOTALDIGITS_VALID" | "SCHEMAV_CVC_FRACTIONDIGITS_VALID":
            return f"{shown}ma za dużo cyfr."
        case (
            "SCHEMAV_CVC_MININCLUSIVE_VALID"
            | "SCHEMAV_CVC_MAXINCLUSIVE_VALID"
            | "SCHEMAV_CVC_MINEXCLUSIVE_VALID"
            | "SCHEMAV_CVC_MAXEXCLUSIVE_VALID"
        ):
            return f"{shown}jest poza dozwolonym zakresem."
        case "SCHEMAV_CVC_COMPLEX_TYPE_4":
            return f"brakuje atrybutu {_match(_ATTRIBUTE, message) or ''}.".replace(" .", ".")
        case "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1" | "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2":
            return f"niedozwolony atrybut {_match(_ATTRIBUTE, message) or ''}.".replace(" .", ".")
        case "SCHEMAV_CVC_COMPLEX_TYPE_2_3" | "SCHEMAV_CVC_TYPE_3_1_2" | "SCHEMAV_CVC_ELT_5_2_1":
            return "w tym elemencie nie może być takiej treści."
        case _:
            return f"{shown}jest niezgodna ze schematem FA(3)."
