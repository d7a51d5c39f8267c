"""The timestamp servers that the operator named and the roots that they are judged by, apart from what asks them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from plumb_platform.errors import Refused, Unavailable
from plumb_platform.settings import Settings, SettingUnfit


class TimestampUnavailable(Unavailable):
    """No time stamp could be had: the server is unknown, away, refuses, or is not one that we trust."""

    code = "TIMESTAMP_UNAVAILABLE"
    zh = "时间戳服务“{server}”不可用（{reason}）。"
    en = "The timestamp server {server} is not available ({reason})."


class TimestampEndsTooSoon(Refused):
    """A stamp whose certificate ends no later than that of the last one would add bytes to the file and no time."""

    code = "TIMESTAMP_ENDS_TOO_SOON"
    zh = "时间戳服务“{server}”的证书于 {ends_at} 到期，不晚于文件现有时间戳，续签没有意义；待其更换证书后再试。"
    en = "The certificate of the timestamp server {server} ends at {ends_at}, no later than the file's stamp; tried again daily."


@dataclass(frozen=True, slots=True)
class TimestampServers:
    """The servers by name, and the roots (DER) that vouch for them; a company chooses among the names (A26)."""

    urls: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[bytes, ...] = ()
    left_alone: dict[str, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Until when a server that let this process wait is not asked again."""
    answered: dict[str, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    """When a server last answered this process."""

    def url(self, name: str) -> str:
        """Return the address of a server; raises TIMESTAMP_UNAVAILABLE when the operator named none like it."""
        if name not in self.urls:
            raise TimestampUnavailable(server=name, reason="not configured")
        return self.urls[name]


def timestamp_servers_of(settings: Settings) -> TimestampServers:
    """Return the servers of a process; raises SettingUnfit for roots that are no certificates, OSError for no file."""
    return TimestampServers(urls=dict(settings.timestamp_servers), roots=_roots(settings.timestamp_roots))


def _roots(file: Path | None) -> tuple[bytes, ...]:
    if file is None:
        return ()
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    content = file.read_bytes()
    try:
        return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(content))
    except ValueError as problem:
        raise SettingUnfit("PLUMB_TIMESTAMP_ROOTS must name a file of certificates in PEM") from problem
