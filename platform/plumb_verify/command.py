"""The command line: files in, one line of JSON for each out."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import plumb_verify
from plumb_verify.company import is_company, verify_company
from plumb_verify.files import Options, content_of, verify
from plumb_verify.signatures import Broken


def main() -> int:
    """Check the files that the command line names and return the exit code: 0 when all hold."""
    parser = argparse.ArgumentParser(
        prog="plumb_verify", description=plumb_verify.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--root", action="append", type=Path, default=[], help="the company's root certificate, PEM or DER")
    parser.add_argument("--stamp-root", action="append", type=Path, default=[], help="a root of time stamps, PEM or DER")
    for name in ("--sha256", "--previous", "--chain"):
        parser.add_argument(name, default="")
    parser.add_argument("--revocations", type=Path, help="the company's signed list of revoked letters")
    parser.add_argument("--anchor", action="append", type=Path, default=[], help="an anchor of the company's chains (.json)")
    given = parser.parse_args()
    revoked = given.revocations.read_bytes() if given.revocations else b""
    roots, stamp_roots = ([der_of(each) for each in named] for named in (given.root, given.stamp_root))
    anchors = [each.read_bytes() for each in given.anchor]
    return report(given.files, Options(roots, given.sha256, given.previous, given.chain, revoked, stamp_roots, anchors))


def report(files: Sequence[Path], options: Options) -> int:
    """Print one line of JSON for each file and return 0 when all hold, else 1."""
    failed = False
    for file in files:
        try:
            if not file.is_file():
                raise Broken("no file, but a folder, a device or a pipe" if file.exists() else "there is no such file")
            found = verify_company(file, options) if is_company(file) else verify(content_of(file), options)
            said = {"file": str(file), "status": "VALID"} | found
        except Exception as problem:  # noqa: BLE001 - whatever a changed byte does to a parser, the file does not hold
            reason = str(problem) if isinstance(problem, Broken) else f"unreadable ({type(problem).__name__})"
            said, failed = {"file": str(file), "status": "BROKEN", "reason": reason}, True
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    return int(failed)


def der_of(path: Path) -> bytes:
    """Return a certificate file as DER."""
    content = path.read_bytes()
    is_pem = b"-----BEGIN" in content
    return x509.load_pem_x509_certificate(content).public_bytes(serialization.Encoding.DER) if is_pem else content
