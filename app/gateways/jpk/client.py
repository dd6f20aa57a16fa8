"""The four calls of the gateway over HTTP; a fault of the line and an answer that makes no sense are told apart."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

from app.gateways.jpk.package import Piece
from app.kernel.errors import Refusal
from app.kernel.files import Files

TIMEOUT_SECONDS = 30.0
LARGEST_ANSWER = 10 * 1024 * 1024
LONGEST_NOTE = 1500


class Away(Exception):
    """The gateway does not answer, or breaks off: tried again later, nothing was decided. The message is Polish."""


class Malformed(Away):
    """It answered what nobody can read; as good as no answer."""


class Declined(Refusal):
    """It read the request and said no. `code` is its own."""

    def __init__(self, message: str, code: int | None) -> None:
        super().__init__(message, "gateway")
        self.code = code


@dataclass(frozen=True, slots=True)
class Upload:
    """Where one part goes."""

    name: str
    blob: str
    url: str
    method: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session of the gateway: its reference number and where the parts go."""

    reference: str
    uploads: tuple[Upload, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What the gateway says of a reference number; `upo` is the confirmation of receipt."""

    code: int
    description: str
    details: str | None = None
    upo: bytes | None = None


class Gateway:
    """One conversation with the gateway at `url`."""

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.Client(timeout=timeout, follow_redirects=False)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def open(self, signed: bytes) -> Opened:
        """Hands in the signed metadata. Nothing is filed by it. Raises `Declined`, `Away`."""
        said = self._asked("POST", "/api/Storage/InitUploadSigned", content=signed, content_type="application/xml")
        try:
            uploads = tuple(
                Upload(
                    str(one["FileName"]), str(one["BlobName"]), str(one["Url"]), str(one["Method"]),
                    tuple((str(head["Key"]), str(head["Value"])) for head in one["HeaderList"]),
                )
                for one in said["RequestToUploadFileList"]
            )  # fmt: skip
            return Opened(_reference(said["ReferenceNumber"]), uploads)
        except (KeyError, TypeError, ValueError):
            raise Malformed("Bramka otworzyła sesję, ale jej odpowiedzi nie da się odczytać.") from None

    def put(self, upload: Upload, piece: Piece, files: Files) -> None:
        """Sends one part; again does no harm. Raises `Away`, `Declined`."""
        headers = {**dict(upload.headers), "Content-Length": str(piece.size)}
        answer = self._sent(upload.method, upload.url, headers, files.pieces(piece.sha256))
        if answer.status_code >= 500:
            raise Away(f"Skład plików bramki odpowiedział błędem {answer.status_code}.")
        if answer.status_code not in (200, 201):
            raise Declined(f"Skład plików bramki nie przyjął części {piece.name}.", answer.status_code)

    def finish(self, opened: Opened) -> None:
        """Says that all parts are there: this is what files the document. Raises `Declined`, `Away`."""
        body = {"ReferenceNumber": opened.reference, "AzureBlobNameList": [one.blob for one in opened.uploads]}
        self._asked("POST", "/api/Storage/FinishUpload", json=body, empty=True)

    def status(self, reference: str) -> Status:
        """Where the document stands. Raises `Away`."""
        said = self._asked("GET", f"/api/Storage/Status/{_reference(reference)}")
        try:
            upo = said.get("Upo")
            return Status(
                int(said["Code"]),
                str(said.get("Description") or "")[:LONGEST_NOTE],
                str(said["Details"])[:LONGEST_NOTE] if said.get("Details") else None,
                _upo(upo) if upo else None,
            )
        except (KeyError, TypeError, ValueError):
            raise Malformed("Bramka odpowiedziała na pytanie o stan, ale nie da się tego odczytać.") from None

    def _asked(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        content_type: str | None = None,
        json: Any = None,
        empty: bool = False,
    ) -> dict[str, Any]:
        headers = {"Content-Type": content_type} if content_type else {}
        try:
            answer = self._http.request(method, self._url + path, content=content, json=json, headers=headers)
        except httpx.HTTPError as error:
            raise Away(f"Bramka JPK nie odpowiada ({type(error).__name__}).") from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Away(f"Bramka JPK ma awarię (HTTP {answer.status_code}).")
        if answer.status_code >= 400:
            raise _declined(answer)
        if empty:
            return {}
        try:
            said = answer.json() if len(answer.content) <= LARGEST_ANSWER else None
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise Malformed("Bramka odpowiedziała czymś, czego nie da się odczytać.")
        return said

    def _sent(self, method: str, url: str, headers: dict[str, str], pieces: Iterator[bytes]) -> httpx.Response:
        try:
            return self._http.request(method, url, headers=headers, content=pieces)
        except httpx.InvalidURL:
            raise Malformed("Bramka podała adres, pod który nie da się nic wysłać.") from None
        except httpx.HTTPError as error:
            raise Away(f"Skład plików bramki nie odpowiada ({type(error).__name__}).") from None


def _declined(answer: httpx.Response) -> Exception:
    try:
        said = answer.json()
        message, code = str(said.get("Message", ""))[:LONGEST_NOTE], said.get("Code")
        return Declined(
            f"Bramka JPK odmówiła: {message or answer.status_code}.", int(code) if code is not None else None
        )
    except (ValueError, TypeError, AttributeError):
        return Malformed(f"Bramka odmówiła (HTTP {answer.status_code}) bez czytelnego powodu.")


def _reference(value: Any) -> str:
    if not isinstance(value, str) or not value.isalnum() or not 8 <= len(value) <= 64:
        raise ValueError("not a reference number")
    return value


def _upo(text: Any) -> bytes:
    """As XML, or XML in Base64."""
    if not isinstance(text, str):
        raise ValueError("UPO is no text")
    if text.lstrip().startswith("<"):
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("UPO is neither XML nor Base64") from error
