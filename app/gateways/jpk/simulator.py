"""A gateway of our own for tests and demonstrations, over HTTP: it decrypts, unzips and checks as the real one should.

Modes: `happy`; `slow` (answers late); `down` (503); `malformed` (nonsense). `fail_next` loses the answer of one call
after its work was done: what a killed client leaves behind. It checks that a signature is there, not that it is good.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID
from lxml import etree

from app.gateways.jpk.package import DSIG, NAMESPACE

Mode = Literal["happy", "slow", "down", "malformed"]
_NS = {"i": NAMESPACE}


@dataclass
class Session:
    """One reference number: what was promised, what came, how it ended. `answers` left to give before the end."""

    metadata: etree._Element
    parts: dict[str, bytes] = field(default_factory=dict)
    finished: bool = False
    code: int = 100
    details: str | None = None
    answers: list[int] = field(default_factory=list)
    document: bytes = b""


@dataclass
class Simulator:
    """The gateway's memory. `filed` counts documents that were taken; `verdict` makes the next ones end with a code."""

    mode: Mode = "happy"
    delay_seconds: float = 0.2
    fail_next: str | None = None
    verdict: int | None = None
    steps: tuple[int, ...] = (120, 303)
    url: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    filed: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    hashes: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def certificate(self) -> bytes:
        """Self-signed, PEM."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "symulator bramki JPK")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
            .sign(self.key, hashes.SHA256())
        )  # fmt: skip
        return made.public_bytes(serialization.Encoding.PEM)

    def opened(self, body: bytes) -> tuple[int, Any]:
        """InitUploadSigned."""
        try:
            root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            return 400, {"Message": "Niepoprawny XML", "Code": 100, "RequestId": str(uuid4())}
        if root.tag != f"{{{DSIG}}}Signature" and root.find(f"{{{DSIG}}}Signature") is None:
            return 400, {"Message": "Niepodpisany dokument", "Code": 110, "RequestId": str(uuid4())}
        found = root if root.tag == f"{{{NAMESPACE}}}InitUpload" else root.find(".//i:InitUpload", _NS)
        if found is None:
            return 400, {
                "Message": "Przesłany plik jest niezgodny ze schematem XSD",
                "Code": 140,
                "RequestId": str(uuid4()),
            }
        reference = uuid4().hex
        self.sessions[reference] = Session(found)
        files = [
            {
                "BlobName": f"{reference}-{number}", "FileName": one.findtext("i:FileName", namespaces=_NS),
                "Url": f"{self.url}/blob/{reference}/{number}", "Method": "PUT",
                "HeaderList": [
                    {"Key": "Content-MD5", "Value": one.findtext("i:HashValue", namespaces=_NS)},
                    {"Key": "x-ms-blob-type", "Value": "BlockBlob"},
                ],
            }
            for number, one in enumerate(found.iterfind(".//i:FileSignature", _NS))
        ]  # fmt: skip
        return 200, {"ReferenceNumber": reference, "TimeoutInSec": 900, "RequestToUploadFileList": files}

    def put(self, reference: str, number: str, data: bytes, md5: str | None) -> tuple[int, Any]:
        """Put Blob."""
        session = self.sessions.get(reference)
        if session is None:
            return 404, {}
        if base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode() != md5:
            return 400, {"Message": "Md5Mismatch", "Code": 400}
        session.parts[f"{reference}-{number}"] = data
        session.code = max(session.code, 101)
        return 201, {}

    def finish(self, said: dict[str, Any]) -> tuple[int, Any]:
        """FinishUpload: a second one for the same reference is refused."""
        session = self.sessions.get(str(said.get("ReferenceNumber")))
        if session is None or session.finished:
            return 400, {"Message": "Nieprawidłowy numer referencyjny", "Code": 300}
        if sorted(session.parts) != sorted(said.get("AzureBlobNameList", [])):
            return 400, {"Message": "Brakuje zadeklarowanych plików", "Code": 101}
        session.finished = True
        session.code = self.verdict or self._judged(session)
        session.answers = [*self.steps, session.code]
        if session.code == 200:
            self.filed.append(str(said["ReferenceNumber"]))
        return 200, {}

    def _judged(self, session: Session) -> int:
        whole = session.metadata
        secret = base64.b64decode(whole.findtext("i:EncryptionKey", "", _NS))
        start = base64.b64decode(whole.findtext(".//i:IV", "", _NS))
        try:
            key = self.key.decrypt(secret, padding.PKCS1v15())
            zipped = b"".join(
                _decrypted(session.parts[name], key, start) for name in sorted(session.parts, key=_number)
            )
        except ValueError:
            return 412
        try:
            with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
                session.document = archive.read(archive.namelist()[0])
        except (zipfile.BadZipFile, IndexError):
            return 410
        digest = base64.b64encode(hashlib.sha256(session.document).digest()).decode()
        if digest != whole.findtext(".//i:Document/i:HashValue", "", _NS):
            return 413
        if digest in self.hashes:
            return 407
        self.hashes.add(digest)
        return 200

    def status(self, reference: str) -> tuple[int, Any]:
        """Status."""
        session = self.sessions.get(reference)
        if session is None:
            return 200, {"Code": 300, "Description": "Nieprawidłowy numer referencyjny", "Upo": ""}
        code = session.code
        if session.finished and session.answers:
            code = session.answers.pop(0) if len(session.answers) > 1 else session.answers[0]
        upo = _upo(reference, session) if code == 200 else ""
        return 200, {"Code": code, "Description": f"kod {code}", "Details": session.details, "Upo": upo,
                     "Timestamp": datetime.now(UTC).isoformat()}  # fmt: skip


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])


def _decrypted(data: bytes, key: bytes, start: bytes) -> bytes:
    cipher, unpadder = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor(), block_padding.PKCS7(128).unpadder()
    return unpadder.update(cipher.update(data) + cipher.finalize()) + unpadder.finalize()


def _upo(reference: str, session: Session) -> str:
    """Not the real shape of a UPO, which was not at hand: a marked stand-in with what a person looks for."""
    root = etree.Element("Potwierdzenie", symulator="tak")
    etree.SubElement(root, "NumerReferencyjny").text = reference
    etree.SubElement(root, "SkrotZlozonejStruktury").text = hashlib.sha256(session.document).hexdigest()
    etree.SubElement(root, "DataWplyniecia").text = datetime.now(UTC).date().isoformat()
    return etree.tostring(root, encoding="unicode")


@contextmanager
def running(port: int = 0, **settings: Any) -> Iterator[Simulator]:
    """The gateway on this machine until the block ends."""
    made = Simulator(**settings)
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(made))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(made: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *words: Any) -> None:
            logging.getLogger(__name__).debug(format, *words)

        def _answer(self) -> None:
            body = self._body()
            if made.mode == "slow":
                time.sleep(made.delay_seconds)
            if made.mode == "down":
                self._send(503, b"")
                return
            if made.mode == "malformed":
                self._send(200, b"<html>przerwa techniczna</html>")
                return
            with made.lock:
                step, code, said = self._routed(body)
                made.calls.append(step)
                lost = made.fail_next == step
                made.fail_next = None if lost else made.fail_next
            if lost:
                self.close_connection = True
                self.connection.close()
                return
            self._send(code, json.dumps(said).encode())

        def _routed(self, body: bytes) -> tuple[str, int, Any]:
            path = self.path.split("/")
            if self.path == "/api/Storage/InitUploadSigned":
                return ("open", *made.opened(body))
            if path[1] == "blob":
                return ("put", *made.put(path[2], path[3], body, self.headers.get("Content-MD5")))
            if self.path == "/api/Storage/FinishUpload":
                return ("finish", *made.finish(json.loads(body)))
            return ("status", *made.status(path[-1]))

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            whole = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return whole

        def _send(self, code: int, data: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer

    return Handler


def signed(metadata: bytes) -> bytes:
    """What a person's signing program would give back, with a signature that is none: for the simulator only."""
    root = etree.fromstring(metadata)
    signature = etree.SubElement(root, f"{{{DSIG}}}Signature", nsmap={"ds": DSIG})
    etree.SubElement(signature, f"{{{DSIG}}}SignatureValue").text = base64.b64encode(b"symulator").decode()
    return b'<?xml version="1.0" encoding="utf-8"?>' + etree.tostring(root)
