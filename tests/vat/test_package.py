"""Files, folders and ZIPs of the KSeF box: good documents come out whole, bad ones with a reason, none is lost."""

from __future__ import annotations

import io
import json
import os
import struct
import tracemalloc
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.vat.filings.package import Delivered, Limits, Refused, entries
from tests.vat.invoices import ksef_number

ONE, TWO = b"<Faktura>jeden</Faktura>", b"<Faktura>dwa</Faktura>"
NUMBER, OTHER_NUMBER = ksef_number(), ksef_number(technical="0100001AF62A")


def packed(members: dict[str, bytes], path: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def metadata(**hashes: bytes | None) -> bytes:
    invoices = [
        {"ksefNumber": number, "invoiceHash": b64encode(sha256(data).digest()).decode() if data else None, "extra": 1}
        for number, data in hashes.items()
    ]
    return json.dumps({"invoices": invoices, "isTruncated": False}).encode()


def taken(path: Path, limits: Limits | None = None) -> tuple[list[Delivered], list[Refused]]:
    found = list(entries(path, limits))
    return [each for each in found if isinstance(each, Delivered)], [
        each for each in found if isinstance(each, Refused)
    ]


def test_one_file_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / f"{NUMBER}.xml"
    path.write_bytes(ONE)
    delivered, refused = taken(path)
    assert delivered == [Delivered(str(path), path.name, ONE, NUMBER)] and not refused
    assert delivered[0].size == len(ONE) and delivered[0].sha256 == sha256(ONE).digest()


def test_a_folder_is_read_in_order_with_its_subfolders_and_zips(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.xml").write_bytes(TWO)
    (tmp_path / "c.xml").write_bytes(ONE)
    packed({"w środku.xml": TWO}, tmp_path / "a.zip")
    delivered, refused = taken(tmp_path)
    assert [each.name for each in delivered] == ["w środku.xml", "b/2.xml", "c.xml"] and not refused
    assert delivered[0].source == str(tmp_path / "a.zip")


def test_links_and_things_that_are_no_files_are_named_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.xml").write_bytes(ONE)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.xml").symlink_to(outside / "secret.xml")
    (inside / "folder").symlink_to(outside)
    os.mkfifo(inside / "pipe.xml")
    delivered, refused = taken(inside)
    assert not delivered
    assert [(each.name, each.reason.split()[1]) for each in refused] == [
        ("folder", "dowiązanie"), ("link.xml", "dowiązanie"), ("pipe.xml", "nie"),
    ]  # fmt: skip


def test_a_path_that_is_nothing_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Nie ma takiego pliku"):
        entries(tmp_path / "brak")
    with pytest.raises(Refusal, match="Nie ma takiego pliku"):
        entries("zła\x00nazwa")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "pusty"),
        (b"  \n ", "pusty"),
        (b"%PDF-1.7", "nie jest dokument XML"),
        (b"\x1f\x8b\x08", "GZIP"),
        (b"\xff\xfe<\x00", "UTF-16"),
        (b"x" * 5000, "nie jest dokument XML"),
    ],
)
def test_what_is_no_xml_is_refused_and_kept(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "x.xml").write_bytes(data)
    packed({"y.xml": data, "dobry.xml": ONE}, tmp_path / "y.zip")
    delivered, refused = taken(tmp_path)
    assert [each.name for each in delivered] == ["dobry.xml"]
    assert [each.name for each in refused] == ["x.xml", "y.xml"]
    assert all(words in each.reason and each.data == (data or None) and not each.truncated for each in refused)


def test_a_file_larger_than_ksef_allows_keeps_its_beginning(tmp_path: Path) -> None:
    large = b"<" + os.urandom(5000)
    (tmp_path / "large.xml").write_bytes(large)
    packed({"large.xml": large, "small.xml": ONE}, tmp_path / "z.zip", zipfile.ZIP_STORED)
    delivered, refused = taken(tmp_path, Limits(file_bytes=1000))
    assert [each.name for each in delivered] == ["small.xml"]
    assert [(each.data, each.truncated) for each in refused] == [(large[:1000], True)] * 2
    assert "większy" in refused[0].reason


def test_a_file_exactly_at_the_limit_is_taken(tmp_path: Path) -> None:
    path = packed({"a.xml": ONE.ljust(1000)}, tmp_path / "z.zip")
    assert len(taken(path, Limits(file_bytes=1000))[0]) == 1
    assert len(taken(path, Limits(file_bytes=999))[0]) == 0


class TestMetadata:
    def test_the_number_comes_from_the_metadata_by_hash(self, tmp_path: Path) -> None:
        members = {"faktura.xml": ONE, "_metadata.json": metadata(**{NUMBER: ONE})}
        delivered, refused = taken(packed(members, tmp_path / "z.zip"))
        assert [each.ksef_number for each in delivered] == [NUMBER] and not refused

    def test_also_for_a_folder_and_for_a_zipped_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "f"
        folder.mkdir()
        (folder / "faktura.xml").write_bytes(ONE)
        (folder / "_metadata.json").write_bytes(metadata(**{NUMBER: ONE}))
        packed({"p/_metadata.json": metadata(**{NUMBER: TWO}), "p/x.xml": TWO}, tmp_path / "z.zip")
        delivered, refused = taken(tmp_path)
        assert [each.ksef_number for each in delivered] == [NUMBER, NUMBER] and not refused

    def test_a_document_changed_after_export_is_refused(self, tmp_path: Path) -> None:
        members = {f"{NUMBER}.xml": TWO, "_metadata.json": metadata(**{NUMBER: ONE})}
        delivered, refused = taken(packed(members, tmp_path / "z.zip"))
        assert not delivered and len(refused) == 1
        assert "zmieniono" in refused[0].reason and refused[0].data == TWO

    def test_a_document_under_another_invoices_number_is_refused(self, tmp_path: Path) -> None:
        members = {
            f"{NUMBER}.xml": TWO,
            f"{OTHER_NUMBER}.xml": ONE,
            "_metadata.json": metadata(**{NUMBER: ONE, OTHER_NUMBER: TWO}),
        }
        delivered, refused = taken(packed(members, tmp_path / "z.zip"))
        assert not delivered and len(refused) == 2

    def test_an_invoice_that_is_listed_but_absent_is_reported(self, tmp_path: Path) -> None:
        members = {f"{NUMBER}.xml": ONE, "_metadata.json": metadata(**{NUMBER: ONE, OTHER_NUMBER: TWO})}
        delivered, refused = taken(packed(members, tmp_path / "z.zip"))
        assert len(delivered) == 1
        assert [(each.name, each.data) for each in refused] == [(f"{OTHER_NUMBER}.xml", None)]

    @pytest.mark.parametrize("listing", [b"{", b"[]", b'{"invoices": 7}', b"\xff\xfe", b"[" * 100_000])
    def test_broken_metadata_is_reported_and_names_still_serve(self, tmp_path: Path, listing: bytes) -> None:
        delivered, refused = taken(packed({f"{NUMBER}.xml": ONE, "_metadata.json": listing}, tmp_path / "z.zip"))
        assert [each.ksef_number for each in delivered] == [NUMBER]
        assert [each.name for each in refused] == ["_metadata.json"]

    @pytest.mark.parametrize(
        ("name", "number"),
        [
            (f"{NUMBER}.xml", NUMBER),
            (f"FV_{NUMBER.lower()}_kopia.xml", NUMBER),
            (f"{NUMBER[:25]}-{NUMBER[25:]}.xml", None),
            (f"{NUMBER[:26]}-{NUMBER[26:]}.xml", NUMBER),
            ("faktura.xml", None),
            (f"1{NUMBER}.xml", None),
        ],
    )
    def test_without_metadata_the_number_is_in_the_name(self, tmp_path: Path, name: str, number: str | None) -> None:
        (tmp_path / name).write_bytes(ONE)
        assert taken(tmp_path)[0][0].ksef_number == number


class TestHostileArchives:
    def test_names_that_lead_outside_are_refused_but_kept(self, tmp_path: Path) -> None:
        names = ["../x.xml", "/etc/x.xml", "a/../../x.xml", "C:\\x.xml", "..\\x.xml"]
        path = packed({**dict.fromkeys(names, ONE), "dobry.xml": TWO}, tmp_path / "z.zip")
        delivered, refused = taken(path)
        assert [each.name for each in delivered] == ["dobry.xml"]
        assert len(refused) == 5 and all("prowadzi poza" in each.reason and each.data == ONE for each in refused)

    def test_a_bomb_is_refused_without_being_unpacked(self, tmp_path: Path) -> None:
        bomb = b"<" + b"0" * 60_000_000
        path = packed({"bomb.xml": bomb, "dobry.xml": ONE}, tmp_path / "z.zip")
        del bomb
        tracemalloc.start()
        delivered, refused = taken(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(delivered) == 1 and "bomba" in refused[0].reason and refused[0].truncated
        assert peak < 3_000_000

    def test_a_size_that_lies_is_a_broken_member(self, tmp_path: Path) -> None:
        path = packed({"a.xml": b"<" + b"a" * 9000, "dobry.xml": ONE}, tmp_path / "z.zip")
        data = bytearray(path.read_bytes())
        at = data.index(b"PK\x01\x02")
        data[at + 24 : at + 28] = struct.pack("<I", 10)
        path.write_bytes(data)
        delivered, refused = taken(path)
        assert [each.name for each in delivered] == ["dobry.xml"] and [each.name for each in refused] == ["a.xml"]

    def test_a_package_too_large_in_all_is_refused_whole(self, tmp_path: Path) -> None:
        path = packed({f"{n}.xml": ONE for n in range(20)}, tmp_path / "z.zip")
        for limits in (Limits(package_files=19), Limits(package_bytes=100)):
            delivered, refused = taken(path, limits)
            assert not delivered and len(refused) == 1 and "Podziel" in refused[0].reason
        assert len(taken(path, Limits(package_files=20))[0]) == 20

    def test_the_metadata_file_does_not_count(self, tmp_path: Path) -> None:
        path = packed({"a.xml": ONE, "b.xml": TWO, "_metadata.json": metadata()}, tmp_path / "z.zip")
        assert len(taken(path, Limits(package_files=2))[0]) == 2

    def test_members_that_share_bytes_are_refused(self, tmp_path: Path) -> None:
        path = packed({"a.xml": ONE, "b.xml": TWO}, tmp_path / "z.zip")
        data = bytearray(path.read_bytes())
        second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
        data[second + 42 : second + 46] = struct.pack("<I", 0)
        path.write_bytes(data)
        delivered, refused = taken(path)
        assert not delivered and "nachodzą" in refused[0].reason

    def test_an_encrypted_member_is_named(self, tmp_path: Path) -> None:
        path = packed({"a.xml": ONE, "b.xml": TWO}, tmp_path / "z.zip")
        data = bytearray(path.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(signature) + offset] |= 1
        path.write_bytes(data)
        delivered, refused = taken(path)
        assert [each.name for each in delivered] == ["b.xml"]
        assert [(each.name, each.data) for each in refused] == [("a.xml", None)] and "zaszyfrowany" in refused[0].reason

    def test_a_damaged_member_keeps_what_could_be_read(self, tmp_path: Path) -> None:
        path = packed({"a.xml": ONE, "b.xml": TWO}, tmp_path / "z.zip", zipfile.ZIP_STORED)
        path.write_bytes(path.read_bytes().replace(b"jeden", b"JEDEN"))
        delivered, refused = taken(path)
        assert [each.name for each in delivered] == ["b.xml"]
        assert "uszkodzony" in refused[0].reason and refused[0].truncated

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_packing_that_cannot_be_bounded_is_refused(self, tmp_path: Path, method: int) -> None:
        delivered, refused = taken(packed({"a.xml": ONE}, tmp_path / "z.zip", method))
        assert not delivered and "metodą" in refused[0].reason

    def test_a_cut_archive_is_refused_with_its_bytes(self, tmp_path: Path) -> None:
        path = packed({f"{n}.xml": ONE for n in range(9)}, tmp_path / "z.zip")
        data = path.read_bytes()
        path.write_bytes(data[:-100])
        delivered, refused = taken(path)
        assert not delivered and "uszkodzone" in refused[0].reason and refused[0].data == data[:-100]

    def test_a_zip_inside_a_zip_is_refused(self, tmp_path: Path) -> None:
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("a.xml", ONE)
        delivered, refused = taken(packed({"inner.zip": inner.getvalue(), "b.xml": TWO}, tmp_path / "z.zip"))
        assert [each.name for each in delivered] == ["b.xml"]
        assert "wewnątrz archiwum" in refused[0].reason and refused[0].data == inner.getvalue()

    def test_the_second_file_of_a_name_is_refused(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive, pytest.warns(UserWarning):
            archive.writestr("a.xml", ONE)
            archive.writestr("a.xml", TWO)
        delivered, refused = taken(tmp_path)
        assert [each.data for each in delivered] == [ONE]
        assert [(each.data, "tej samej nazwie" in each.reason) for each in refused] == [(TWO, True)]

    def test_something_only_called_zip_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "z.zip").write_bytes(ONE)
        delivered, refused = taken(tmp_path)
        assert not delivered and "ZIP" in refused[0].reason

    def test_names_that_are_no_text_can_be_stored(self, tmp_path: Path) -> None:
        (tmp_path / os.fsdecode(b"za\xb3o\n.xml")).write_bytes(ONE)
        (delivered,), _ = taken(tmp_path)
        assert delivered.name == "za�o�.xml"
        delivered.name.encode()


WHOLE = io.BytesIO()
with zipfile.ZipFile(WHOLE, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("_metadata.json", metadata(**{NUMBER: ONE}))
    _archive.writestr(f"{NUMBER}.xml", ONE)
    _archive.writestr("b/c.xml", TWO * 50)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("fuzz") / "z.zip"


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE.getvalue()) - 1), st.integers(0, 8), st.binary(max_size=8)),
        min_size=1,
        max_size=5,
    )
)
def test_a_mutilated_zip_never_raises(place: Path, mutations: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(WHOLE.getvalue())
    for at, cut, put in mutations:
        data[at : at + cut] = put
    place.write_bytes(data)
    delivered, refused = taken(place, Limits(file_bytes=500))
    assert delivered or refused or bytes(data[-22:-18]) == b"PK\x05\x06"
    assert all(each.size <= 500 for each in delivered)
    assert all(len(each.data or b"") <= 65_536 for each in refused)
