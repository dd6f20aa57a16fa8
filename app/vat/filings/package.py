"""Candidate documents from a file, a folder or a ZIP of the city's KSeF box: read safely, none lost silently.

Everything found comes out either as `Delivered` (bytes that look like XML) or as `Refused` (why not, and what of it
could be kept). Memory holds one document at a time; a bad member never stops the rest.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import IO

import msgspec

from app.kernel.errors import Refusal
from app.kernel.ids import ksef_canonical

METADATA = "_metadata.json"
_CHUNK = 65_536
_DEEPEST = 40
_NUMBER = re.compile(
    "(?<![0-9A-Z])(?:[0-9]{10}|M[0-9]{9}|[A-Z]{3}[0-9]{7})-[0-9]{8}-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}(?![0-9A-Z])"
)
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    EOFError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    struct.error,
)
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is believed. Sizes in bytes; `ratio` = unpacked to packed, tested above `ratio_from_bytes`."""

    file_bytes: int = 3 * 1024 * 1024
    package_files: int = 10_000
    package_bytes: int = 2 * 1024**3
    metadata_bytes: int = 64 * 1024 * 1024
    directory_bytes: int = 16 * 1024 * 1024
    ratio: int = 200
    ratio_from_bytes: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class Delivered:
    """One candidate document. `source` is the file, or the ZIP, it came from; `name` its path inside `source`.

    `ksef_number` is from the package's metadata (matched by the document's hash) or from the file's name; its checksum
    is not tested here.
    """

    source: str
    name: str
    data: bytes
    ksef_number: str | None = None

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def sha256(self) -> bytes:
        return sha256(self.data).digest()


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be taken and why (a Polish sentence); `data` is the original, or its beginning (`truncated`)."""

    source: str
    name: str
    reason: str
    data: bytes | None = None
    truncated: bool = False


class _Entry(msgspec.Struct):
    ksef_number: str | None = msgspec.field(name="ksefNumber", default=None)
    invoice_hash: str | None = msgspec.field(name="invoiceHash", default=None)


class _Listing(msgspec.Struct):
    invoices: list[_Entry] = []
    invoice_list: list[_Entry] = msgspec.field(name="invoiceList", default=[])


@dataclass(slots=True)
class _Metadata:
    """What `_metadata.json` says of the invoices beside it; `unseen` shrinks as they turn up."""

    hash_of: dict[str, str | None] = field(default_factory=dict)
    number_of: dict[str, str] = field(default_factory=dict)
    unseen: dict[str, None] = field(default_factory=dict)

    def add(self, data: bytes) -> None:
        listing = msgspec.json.decode(data, type=_Listing)
        for entry in listing.invoices or listing.invoice_list:
            if entry.ksef_number:
                number = ksef_canonical(entry.ksef_number.strip())
                self.hash_of[number] = entry.invoice_hash
                self.unseen[number] = None
                if entry.invoice_hash:
                    self.number_of[entry.invoice_hash] = number

    def take(self, source: str, name: str, data: bytes, truncated: bool, problem: str | None) -> Iterator[Refused]:
        """Learns from one `_metadata.json`; says so when it cannot."""
        if problem is None and truncated:
            problem = "Plik metadanych paczki jest za duży; numery KSeF bierzemy z nazw plików."
        if problem is None:
            try:
                self.add(data)
                return
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                problem = "Nie można zrozumieć metadanych paczki; numery KSeF bierzemy z nazw plików."
        yield Refused(source, name, problem, data[:_CHUNK] or None, truncated or len(data) > _CHUNK)

    def judge(self, named: str | None, data: bytes) -> tuple[str | None, str | None]:
        """The document's KSeF number, and what is wrong between it and the metadata."""
        if not self.hash_of:
            return named, None
        digest = b64encode(sha256(data).digest()).decode()
        by_hash = self.number_of.get(digest)
        if by_hash is not None:
            self.unseen.pop(by_hash, None)
            if named not in (None, by_hash):
                return None, f"Nazwa pliku podaje numer KSeF {named}, a według metadanych paczki to faktura {by_hash}."
            return by_hash, None
        if named is not None and self.hash_of.get(named):
            self.unseen.pop(named, None)
            return None, f"Treść pliku zmieniono: jej skrót nie zgadza się z metadanymi paczki dla faktury {named}."
        if named is not None:
            self.unseen.pop(named, None)
        return named, None

    def missing(self, source: str) -> Iterator[Refused]:
        for number in self.unseen:
            yield Refused(
                source, f"{number}.xml", f"Metadane paczki wymieniają fakturę {number}, ale jej pliku nie ma."
            )


def entries(path: Path | str, limits: Limits | None = None) -> Iterator[Delivered | Refused]:
    """Everything in a file, a folder (recursively, by name; links are not followed) or a ZIP (its own order).

    A ZIP may lie in a folder; a ZIP inside a ZIP is refused. Raises `Refusal` at once when the path is no such thing.
    """
    start = Path(path)
    bounds = limits or Limits()
    try:
        kind = start.stat().st_mode
    except (OSError, ValueError):
        raise Refusal(f"Nie ma takiego pliku ani folderu: {_shown(str(path))}.", "path") from None
    if stat.S_ISDIR(kind):
        return _folder(start, "", bounds)
    if stat.S_ISREG(kind):
        return _file(start, start.name, bounds, _Metadata())
    raise Refusal(f"{_shown(str(path))} nie jest plikiem ani folderem.", "path")


def _shown(name: str) -> str:
    """A name that can be stored and printed: what is not text becomes "�"."""
    return _UNSHOWABLE.sub("�", name)


def _folder(folder: Path, prefix: str, limits: Limits) -> Iterator[Delivered | Refused]:
    if prefix.count("/") > _DEEPEST:
        yield Refused(_shown(str(folder)), prefix, "Folder jest zagnieżdżony zbyt głęboko; nie jest odczytywany.")
        return
    try:
        with os.scandir(folder) as found:
            children = sorted(found, key=lambda each: each.name)
    except OSError:
        yield Refused(_shown(str(folder)), prefix or ".", "Nie można otworzyć folderu.")
        return
    metadata = _Metadata()
    beside = next(
        (each for each in children if each.name.lower() == METADATA and each.is_file(follow_symlinks=False)), None
    )
    if beside is not None:
        data, truncated, problem = _read_file(Path(beside.path), limits.metadata_bytes)
        yield from metadata.take(_shown(beside.path), prefix + _shown(beside.name), data, truncated, problem)
    for child in children:
        name = prefix + _shown(child.name)
        if child is beside:
            continue
        if child.is_symlink():
            yield Refused(_shown(child.path), name, "To dowiązanie do innego miejsca; nie jest odczytywane.")
        elif child.is_dir(follow_symlinks=False):
            yield from _folder(Path(child.path), f"{name}/", limits)
        elif child.is_file(follow_symlinks=False):
            yield from _file(Path(child.path), name, limits, metadata)
        else:
            yield Refused(_shown(child.path), name, "To nie jest zwykły plik; nie jest odczytywany.")
    yield from metadata.missing(_shown(str(folder)))


def _file(path: Path, name: str, limits: Limits, metadata: _Metadata) -> Iterator[Delivered | Refused]:
    source = _shown(str(path))
    try:
        with path.open("rb") as opened:
            head = opened.read(4)
    except OSError:
        yield Refused(source, name, "Nie można odczytać pliku.")
        return
    if head[:2] == b"PK" or (path.suffix.lower() == ".zip" and head):
        yield from _zip(path, source, name, limits)
        return
    data, truncated, problem = _read_file(path, limits.file_bytes)
    yield _judged(source, name, data, truncated, problem, metadata, limits)


def _read_file(path: Path, limit: int) -> tuple[bytes, bool, str | None]:
    """At most `limit` bytes, whether there was more, and what went wrong."""
    try:
        with path.open("rb") as opened:
            data = opened.read(limit + 1)
    except OSError:
        return b"", True, "Nie można odczytać pliku."
    return data[:limit], len(data) > limit, None


def _judged(
    source: str,
    name: str,
    data: bytes,
    truncated: bool,
    problem: str | None,
    metadata: _Metadata,
    limits: Limits,
) -> Delivered | Refused:
    problem = problem or _not_xml(data)
    if problem is None and truncated:
        problem = f"Plik jest większy niż {limits.file_bytes // 1024} kB, czyli więcej, niż może mieć faktura w KSeF."
    match = _NUMBER.search(name.rsplit("/", 1)[-1].upper())
    named = ksef_canonical(match[0]) if match else None
    if problem is None:
        number, problem = metadata.judge(named, data)
        if problem is None:
            return Delivered(source, name, data, number)
    elif named is not None:
        metadata.unseen.pop(named, None)
    return Refused(source, name, problem, data or None, truncated)


def _not_xml(data: bytes) -> str | None:
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return "Plik jest pusty."
    if text[:2] == b"PK":
        return "To archiwum ZIP wewnątrz archiwum. Rozpakuj je i wczytaj osobno."
    if text[:2] == b"\x1f\x8b":
        return "To archiwum GZIP. Rozpakuj je albo pobierz paczkę z KSeF jako ZIP."
    if encoding := _BOMS.get(data[:2]):
        return f"Plik jest w kodowaniu {encoding}, a faktura KSeF musi być w UTF-8."
    if not text.startswith(b"<"):
        return "To nie jest dokument XML."
    return None


def _zip(path: Path, source: str, name: str, limits: Limits) -> Iterator[Delivered | Refused]:
    try:
        opened = path.open("rb")
    except OSError:
        yield Refused(source, name, "Nie można odczytać pliku.")
        return
    with opened:
        problem = _directory_problem(opened, limits)
        archive = None
        if problem is None:
            try:
                opened.seek(0)
                archive = zipfile.ZipFile(opened)
                members = [info for info in archive.infolist() if not info.is_dir() or info.file_size]
                problem = _package_problem(members, limits)
            except _BROKEN:
                problem = "Archiwum ZIP jest uszkodzone albo niepełne."
        if problem is not None or archive is None:
            data, truncated, _ = _read_file(path, limits.file_bytes)
            yield Refused(source, name, problem or "Archiwum ZIP jest uszkodzone.", data, truncated)
            return
        yield from _members(archive, members, source, limits)


def _directory_problem(opened: IO[bytes], limits: Limits) -> str | None:
    """Tests the size of the list of members before anybody loads it; also finds that there is none."""
    size = opened.seek(0, os.SEEK_END)
    opened.seek(max(0, size - _CHUNK - 22))
    tail = opened.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        return "Archiwum ZIP jest uszkodzone albo niepełne (nie ma spisu treści)."
    listed = int.from_bytes(tail[end + 10 : end + 12], "little")
    directory = int.from_bytes(tail[end + 12 : end + 16], "little")
    locator = tail[max(0, end - 20) : end]
    if directory == 0xFFFFFFFF or listed == 0xFFFF:
        if not locator.startswith(b"PK\x06\x07"):
            return None  # no ZIP64 record after all: the numbers are what they say, and zipfile decides
        opened.seek(min(size, int.from_bytes(locator[8:16], "little")))
        record = opened.read(56)
        listed = int.from_bytes(record[32:40], "little")
        directory = int.from_bytes(record[40:48], "little")
    if listed > limits.package_files + 1 or directory > limits.directory_bytes:
        return f"Paczka ma więcej niż {limits.package_files} plików. Podziel ją na mniejsze."
    return None


def _package_problem(members: Sequence[zipfile.ZipInfo], limits: Limits) -> str | None:
    invoices = [info for info in members if info.filename.rsplit("/", 1)[-1].lower() != METADATA]
    if len(invoices) > limits.package_files:
        return f"Paczka ma więcej niż {limits.package_files} plików. Podziel ją na mniejsze."
    if sum(info.file_size for info in members) > limits.package_bytes:
        return "Paczka po rozpakowaniu byłaby za duża. Podziel ją na mniejsze."
    placed = sorted(members, key=lambda info: info.header_offset)
    for one, following in pairwise(placed):
        if following.header_offset < one.header_offset + 30 + one.compress_size:
            return "Archiwum ZIP jest spreparowane: jego pliki nachodzą na siebie."
    return None


def _members(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], source: str, limits: Limits
) -> Iterator[Delivered | Refused]:
    metadata = _Metadata()
    listings = [info for info in members if info.filename.rsplit("/", 1)[-1].lower() == METADATA]
    for info in listings:
        yield from metadata.take(
            source, _shown(info.filename), *_read_member(archive, info, limits.metadata_bytes, limits)
        )
    seen: set[str] = set()
    for info in members:
        if info in listings:
            continue
        name = _shown(info.filename)
        data, truncated, problem = _read_member(archive, info, limits.file_bytes, limits)
        if info.filename in seen:
            problem = problem or "W paczce jest już plik o tej samej nazwie."
        seen.add(info.filename)
        problem = _name_problem(info.filename) or problem
        yield _judged(source, name, data, truncated, problem, metadata, limits)
    yield from metadata.missing(source)


def _name_problem(name: str) -> str | None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or re.match("[A-Za-z]:", name) or "\x00" in name:
        return "Nazwa pliku w archiwum prowadzi poza nie; takich plików nie przyjmujemy."
    return None


def _read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int, limits: Limits
) -> tuple[bytes, bool, str | None]:
    """At most `limit` bytes of a member, whether there was (or may have been) more, and what went wrong."""
    if info.flag_bits & 0x1:
        return b"", True, "Plik w archiwum jest zaszyfrowany hasłem."
    if info.compress_type not in _READABLE:
        return b"", True, "Plik w archiwum jest spakowany metodą, której nie obsługujemy."
    problem = None
    if info.file_size > limits.ratio_from_bytes and info.file_size > info.compress_size * limits.ratio:
        problem = "Plik w archiwum jest podejrzanie mocno spakowany (możliwa „bomba ZIP”)."
        limit = min(limit, _CHUNK)
    data = bytearray()
    try:
        with archive.open(info) as member:
            while len(data) <= limit and (chunk := member.read(min(_CHUNK, limit + 1 - len(data)))):
                data += chunk
    except _BROKEN:
        return bytes(data[:limit]), True, problem or "Plik w archiwum jest uszkodzony (nie zgadza się suma kontrolna)."
    return bytes(data[:limit]), len(data) > limit, problem
