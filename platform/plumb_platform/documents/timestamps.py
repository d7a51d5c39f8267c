"""Asks a timestamp server for a token (RFC 3161) and checks what it answers."""

import asyncio
import ssl
from datetime import datetime, timedelta
from functools import cache

import httpx2
from asn1crypto import cms, tsp, x509
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, dummy_digest
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from plumb_platform import clock
from plumb_platform.documents.timestamp_servers import TimestampEndsTooSoon, TimestampServers, TimestampUnavailable

REQUEST_SECONDS = 8
"""From asking to the last byte of the answer, however slowly it drips."""
LEFT_ALONE = timedelta(seconds=15)
"""How long a server that let us wait is not asked: each that waits keeps a place from the jobs of others."""
LONGEST_ANSWER = 64 * 1024
DIGEST = "sha256"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


@cache
def authorities() -> ssl.SSLContext:
    """Return whom servers behind HTTPS are vouched for by: read once a process, for each reading takes 20 ms of the loop."""
    return httpx2.create_ssl_context(trust_env=False)


class HttpTimeStamper(TimeStamper):
    """Asks one server over HTTP (RFC 3161, 3.4) and believes no token that it has not checked."""

    def __init__(self, servers: TimestampServers, name: str) -> None:
        """Take one of the servers by its name; raises TIMESTAMP_UNAVAILABLE when there is none like it."""
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko leaves its __init__ unannotated
        self.name, self._url, self._roots = name, servers.url(name), servers.roots
        self._left_alone, self._answered = servers.left_alone, servers.answered

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the server's answer; raises TIMESTAMP_UNAVAILABLE, at once while the server is left alone."""
        until, asked_at = self._left_alone.get(self.name), clock.now()
        # A clock that was set back would leave it alone for as long as that.
        if until is not None and asked_at < until <= asked_at + LEFT_ALONE:
            raise self._unavailable("let us wait")
        self._left_alone.pop(self.name, None)
        try:
            async with httpx2.AsyncClient(timeout=None, follow_redirects=False, trust_env=False, verify=authorities()) as client:
                async with asyncio.timeout(REQUEST_SECONDS):
                    answer = await client.post(self._url, content=req.dump(), headers={"content-type": QUERY, "accept": REPLY})
        except TimeoutError as problem:
            # One that answered others meanwhile lost this request only.
            if self._answered.get(self.name, asked_at) <= asked_at:
                self._left_alone[self.name] = clock.now() + LEFT_ALONE
            raise self._unavailable("TimeoutError") from problem
        except (httpx2.HTTPError, OSError) as problem:
            raise self._unavailable(type(problem).__name__) from problem
        self._answered[self.name] = clock.now()
        if answer.status_code != 200 or len(answer.content) > LONGEST_ANSWER:
            raise self._unavailable(f"HTTP {answer.status_code}")
        return tsp.TimeStampResp.load(answer.content)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over the digest; raises TIMESTAMP_UNAVAILABLE for one that does not hold."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            status = await self._status(token, message_digest)
        except (TimestampRequestError, ValueError, TypeError, KeyError) as problem:
            raise self._unavailable("answer refused") from problem
        if not (status.intact and status.valid and status.trusted):
            raise self._unavailable("not trusted")
        return token

    async def refuse_ending(self, by: datetime) -> None:
        """Raise TIMESTAMP_ENDS_TOO_SOON when the certificate of the server's stamps ends by then; the answer is asked once.

        pyHanko asks for the same token to learn how long one is, so that this costs no request more.
        """
        token = await self.async_dummy_response(DIGEST)
        ends_at = (await self._status(token, dummy_digest(DIGEST))).signing_cert.not_valid_after
        if ends_at <= by:
            raise TimestampEndsTooSoon(server=self.name, ends_at=ends_at.isoformat(timespec="minutes"))

    async def _status(self, token: cms.ContentInfo, message_digest: bytes) -> TimestampSignatureStatus:
        roots = [x509.Certificate.load(root) for root in self._roots]
        context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=clock.now())
        found = await validate_tst_signed_data(token["content"], context, lambda _: message_digest)
        return TimestampSignatureStatus(**found)

    def _unavailable(self, reason: str) -> TimestampUnavailable:
        return TimestampUnavailable(server=self.name, reason=reason)
