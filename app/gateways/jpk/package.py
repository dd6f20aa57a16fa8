"""The package that travels: the file zipped, split, encrypted, and the metadata that a person signs."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from app.kernel.errors import Refusal
from app.kernel.files import Files

NAMESPACE = "http://e-dokumenty.mf.gov.pl"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
VERSION = "01.02.01.20160617"
PART_BYTES = 60 * 1024 * 1024
PIECE = 1024 * 1024
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'
"""The gateway wants exactly these characters."""
LARGEST_METADATA = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """One encrypted part in the file store. `md5` in Base64."""

    name: str
    sha256: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class Package:
    """The unsigned `InitUpload` and the parts it speaks of."""

    metadata: bytes
    pieces: tuple[Piece, ...]


def certificate(pem: bytes) -> rsa.RSAPublicKey:
    """The gateway's public key. Raises `Refusal`."""
    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Refusal("Certyfikat bramki JPK nie jest poprawnym plikiem PEM.", "certificate") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Refusal("Certyfikat bramki JPK nie zawiera klucza RSA.", "certificate")
    return key


def pack(
    files: Files, source: Path, size: int, sha256: str, name: str, key: rsa.RSAPublicKey, part: int = PART_BYTES
) -> Package:
    """Zips, splits and encrypts `source` (its size in bytes and SHA-256 in hex given) in constant memory.

    Parts go into `files`. The random key leaves this function only under the gateway's own.
    """
    secret, start = os.urandom(32), os.urandom(16)
    pieces = []
    with tempfile.TemporaryFile() as zipped:
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(source, name)
        whole = zipped.tell()
        for number in range(max(1, -(-whole // part))):
            zipped.seek(number * part)
            pieces.append(_encrypted(files, _read(zipped, part), f"{name}.zip.{number + 1:03d}.aes", secret, start))
    locked = key.encrypt(secret, padding.PKCS1v15())
    return Package(_metadata(name, size, sha256, tuple(pieces), locked, start), tuple(pieces))


def _read(source: IO[bytes], most: int) -> Iterator[bytes]:
    while most > 0 and (data := source.read(min(PIECE, most))):
        most -= len(data)
        yield data


def _encrypted(files: Files, plain: Iterable[bytes], name: str, secret: bytes, start: bytes) -> Piece:
    padder, cipher = block_padding.PKCS7(128).padder(), Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    digest = hashlib.md5(usedforsecurity=False)
    with files.writing() as out:

        def put(data: bytes) -> None:
            digest.update(data)
            out.write(data)

        for data in plain:
            put(cipher.update(padder.update(data)))
        put(cipher.update(padder.finalize()) + cipher.finalize())
    return Piece(name, out.stored.sha256, out.stored.size, base64.b64encode(digest.digest()).decode())


def _metadata(name: str, size: int, sha256: str, pieces: tuple[Piece, ...], locked: bytes, start: bytes) -> bytes:
    def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        made = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
        made.text = text
        return made

    root = etree.Element(f"{{{NAMESPACE}}}InitUpload", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    add(root, "DocumentType", "JPK")
    add(root, "Version", VERSION)
    coded = base64.b64encode(locked).decode()
    add(root, "EncryptionKey", coded, algorithm="RSA", mode="ECB", padding="PKCS#1", encoding="Base64")
    document = add(add(root, "DocumentList"), "Document")
    add(document, "FormCode", "JPK_VAT", systemCode="JPK_V7M (3)", schemaVersion="1-0E")
    add(document, "FileName", name)
    add(document, "ContentLength", str(size))
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    add(document, "HashValue", digest, algorithm="SHA-256", encoding="Base64")
    listed = add(document, "FileSignatureList", filesNumber=str(len(pieces)))
    add(add(listed, "Packaging"), "SplitZip", type="split", mode="zip")
    aes = add(add(listed, "Encryption"), "AES", size="256", block="16", mode="CBC", padding="PKCS#7")
    add(aes, "IV", base64.b64encode(start).decode(), bytes="16", encoding="Base64")
    for number, piece in enumerate(pieces, 1):
        one = add(listed, "FileSignature")
        add(one, "OrdinalNumber", str(number))
        add(one, "FileName", piece.name)
        add(one, "ContentLength", str(piece.size))
        add(one, "HashValue", piece.md5, algorithm="MD5", encoding="Base64")
    return DECLARATION + etree.tostring(root)


def signed(document: bytes, metadata: bytes) -> None:
    """Refuses what is not `metadata` with a signature: enveloped (inside it) or enveloping (around it).

    Whether the signature itself is good is for the gateway to say; here it is only made sure that a person signed what
    was prepared, and nothing else. Raises `Refusal`.
    """
    if len(document) > LARGEST_METADATA:
        raise Refusal("Podpisany plik jest za duży: to nie jest podpisany plik InitUpload.", "file")
    root = _parsed(document)
    found = root if root.tag == f"{{{DSIG}}}Signature" else root.find(f"{{{DSIG}}}Signature")
    if found is None or found.find(f".//{{{DSIG}}}SignatureValue") is None:
        raise Refusal("W pliku nie ma podpisu XAdES. Podpisz pobrany plik InitUpload i dołącz wynik.", "file")
    if found is root:
        inside = root.find(f".//{{{NAMESPACE}}}InitUpload")
        same = inside is not None and _same(inside, metadata)
        same = same or any(_decoded(one.text) == metadata for one in root.iter(f"{{{DSIG}}}Object"))
    else:
        root.remove(found)
        same = _same(root, metadata)
    if not same:
        raise Refusal("Podpisano inny plik niż przygotowany InitUpload. Pobierz go ponownie i podpisz.", "file")


def _parsed(document: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_pis=True, remove_blank_text=True
    )
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        raise Refusal("To nie jest plik XML z podpisem XAdES.", "file") from None


def _same(element: etree._Element, metadata: bytes) -> bool:
    return _canonical(element) == _canonical(_parsed(metadata))


def _canonical(element: etree._Element) -> bytes:
    element.tail = None
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False).strip()


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except ValueError:
        return b""
