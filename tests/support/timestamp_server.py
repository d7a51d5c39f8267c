"""A timestamp server (RFC 3161) of our own over HTTP, with a certificate of any length; it can be away, refuse, or lie."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from plumb_platform import clock
from plumb_platform.documents import timestamps
from plumb_platform.documents.timestamp_servers import TimestampServers

NAME = "Plumb test TSA"
RESTING = 6
"""How many pairs of keys rest before the first of them is taken again: more than one test has servers."""
Pair = tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]
_RESTED: deque[Pair] = deque()
"""Pairs of keys, of a root and of its server, whose servers have ended, the longest first: each takes a fifth of a second."""


@dataclass
class StampServer:
    """A running server; `mood` is how it answers: well, away (503), refuses, lies (about the digest), hangs; `at` its clock."""

    url: str
    root: bytes
    stamper: DummyTimeStamper
    mood: str = "well"
    at: datetime | None = None
    asked: int = 0
    woken: threading.Event = field(default_factory=threading.Event)
    """Set when a server that hangs is to hang no longer."""

    @property
    def servers(self) -> TimestampServers:
        """Return it as the operator would name it."""
        return TimestampServers(urls={"default": self.url}, roots=(self.root,))

    def answer(self, body: bytes) -> bytes:
        """Return the DER of an answer to the DER of a question."""
        self.asked += 1
        request = tsp.TimeStampReq.load(body)
        if self.mood == "refuses":
            status = bytes(tsp.PKIStatusInfo({"status": "rejection"}).dump())
            return bytes([0x30, len(status)]) + status
        if self.mood == "lies":
            request["message_imprint"]["hashed_message"] = b"\0" * 32
        self.stamper.fixed_dt = self.at or clock.now().replace(microsecond=0)
        return bytes(self.stamper.request_tsa_response(request).dump())


@contextmanager
def stamp_server(*, made_at: datetime, days: int = 3650, usage: str = "TIME_STAMPING") -> Iterator[StampServer]:
    """Serve time stamps on a free port of this machine until the block ends, to askers who are patient with a busy machine."""
    pair = _RESTED.popleft() if len(_RESTED) >= RESTING else _new_pair()
    root, certificate, key = _certificates(pair, made_at, days, getattr(ExtendedKeyUsageOID, usage))
    stamper = DummyTimeStamper(
        tsa_cert=asn1_x509.Certificate.load(certificate),
        tsa_key=keys.PrivateKeyInfo.load(
            key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        ),
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    made = StampServer(f"http://127.0.0.1:{server.server_port}/tsa", root, stamper)
    server.RequestHandlerClass = _handler(made)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    patience, timestamps.REQUEST_SECONDS = timestamps.REQUEST_SECONDS, 60
    try:
        yield made
    finally:
        timestamps.REQUEST_SECONDS = patience
        made.woken.set()
        server.shutdown()
        server.server_close()
        thread.join()
        _RESTED.append(pair)


def _handler(made: StampServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if made.mood == "hangs":
                made.asked += 1
                made.woken.wait(60)
                return
            right = self.headers["content-type"] == "application/timestamp-query" and made.mood != "away"
            content = made.answer(body) if right else b""
            self.send_response(200 if right else 503)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
            """Say nothing."""

    return Handler


def _new_pair() -> Pair:
    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    return root_key, key


def _certificates(
    pair: Pair, made_at: datetime, days: int, usage: x509.ObjectIdentifier
) -> tuple[bytes, bytes, rsa.RSAPrivateKey]:
    """Return a root for thirty years, a server's certificate under it for some days, and the server's key."""
    root_key, key = pair
    root_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (f"{NAME} root", NAME))
    root, made = (
        x509.CertificateBuilder(root_name, subject, public_key, x509.random_serial_number())
        .not_valid_before(made_at - timedelta(days=1))
        .not_valid_after(made_at + timedelta(days=lasts))
        for subject, public_key, lasts in ((root_name, root_key.public_key(), 11000), (name, key.public_key(), days))
    )
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    root_der, der = (each.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER) for each in (root, made))
    return root_der, der, key
