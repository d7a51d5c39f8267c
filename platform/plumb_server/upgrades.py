"""Requests that offer another protocol: the offer is ignored and the request answered, body and all (RFC 9110, 7.8)."""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFERS = frozenset({b"upgrade", b"http2-settings"})


class WithoutUpgrade(HttpToolsProtocol):
    """A connection that speaks HTTP/1.1 to its end.

    The parser stops behind the head of such a request, so that its body was lost and whatever came later with it. Java's
    client offers h2c with the first request that it sends in the clear.
    """

    _is_offer = False
    """Whether the head at hand offers another protocol, and has to be read anew without that."""

    def data_received(self, data: bytes) -> None:
        """Read a part."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            self._read_without_offer(data[stopped.args[0] :])
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("Invalid HTTP request received.")

    def on_headers_complete(self) -> None:
        """Begin the request, unless its head is to be read anew."""
        self._is_offer = self.parser.should_upgrade()
        if not self._is_offer:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request."""
        if not self._is_offer:
            super().on_message_complete()

    def _read_without_offer(self, rest: bytes) -> None:
        method = self.parser.get_method()
        if self.transport.is_closing():
            return
        if method == b"CONNECT":  # what follows would be no HTTP, whatever it is answered
            self.send_400_response("Invalid HTTP request received.")
            return
        head = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                head.append(b"connection: " + b", ".join(each for each in _words(value) if each.lower() not in _OFFERS))
            elif name not in _OFFERS:
                head.append(b"%b: %b" % (name, value))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        WithoutUpgrade.data_received(self, b"\r\n".join([*head, b"", rest]))


def _words(value: bytes) -> list[bytes]:
    return [each.strip() for each in value.split(b",")]
