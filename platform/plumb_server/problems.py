"""Refusals of the HTTP door itself, before any GraphQL is read."""

from plumb_platform.errors import InvalidInput, Refused


class HeadTooLarge(InvalidInput):
    """The line and headers of a request, or what follows its body, go on too long; the connection is closed."""

    code = "HEAD_TOO_LARGE"
    zh = "请求行与请求头合计最多 {kilobytes} KB、{headers} 个请求头。"
    en = "The line and headers of a request have at most {kilobytes} KB and {headers} headers."


class HeadTooSlow(InvalidInput):
    """The line and headers of a request did not arrive in time; the connection is closed."""

    code = "HEAD_TOO_SLOW"
    zh = "请求行与请求头未在 {seconds} 秒内传完。"
    en = "The line and headers of the request did not arrive within {seconds} seconds."


class HostInvalid(InvalidInput):
    """HTTP/1.1 wants a request to name its host, once (RFC 9112, 3.2); the connection is closed."""

    code = "HOST_INVALID"
    zh = "HTTP/1.1 请求须带且只带一个 Host 请求头。"
    en = "A request by HTTP/1.1 has one Host header, no more and no less."


class BodyTooLarge(InvalidInput):
    """The body is larger than the operator allows; it was not read to its end."""

    code = "BODY_TOO_LARGE"
    zh = "请求体超过上限 {limit} 字节。"
    en = "The request body is over the limit of {limit} bytes."


class BodyTooSlow(InvalidInput):
    """The body did not arrive in time."""

    code = "BODY_TOO_SLOW"
    zh = "请求体未在 {seconds} 秒内传完。"
    en = "The request body did not arrive within {seconds} seconds."


class MediaTypeInvalid(InvalidInput):
    """Only JSON is read; a form of another site cannot send it."""

    code = "MEDIA_TYPE_INVALID"
    zh = "请求的 Content-Type 必须是 application/json。"
    en = "The Content-Type of a request must be application/json."


class RequestInvalid(InvalidInput):
    """The JSON is not a GraphQL request."""

    code = "REQUEST_INVALID"
    zh = "请求格式不正确：{what_zh}。"
    en = "The request is malformed: {what_en}."


class BatchRefused(InvalidInput):
    """Several operations in one body are not answered."""

    code = "BATCH_REFUSED"
    zh = "不支持批量请求，请逐个发送。"
    en = "Batches are not answered; send one operation at a time."


class CrossSiteRefused(Refused):
    """The browser says that another site sent the request."""

    code = "CROSS_SITE_REFUSED"
    zh = "拒绝来自其他网站的请求。"
    en = "Requests from other sites are refused."


class CsrfInvalid(Refused):
    """A cookie came without the word that proves the page is ours."""

    code = "CSRF_INVALID"
    zh = "请求头 X-Plumb-CSRF 缺失或有误：其值为 login 返回的 csrfToken，网页亦可由 GET /session 取回。"
    en = "The header X-Plumb-CSRF is missing or wrong: send the csrfToken that login returned; GET /session tells it again."


class QueryNotGiven(InvalidInput):
    """A GET that asks carries its query in the URL; a browser that opens the address gets the page."""

    code = "QUERY_NOT_GIVEN"
    zh = "请在 query 参数中给出查询，或使用 POST。"
    en = "Give the query in the parameter `query`, or use POST."


STATUS: dict[type[Exception], int] = {
    HeadTooLarge: 431,
    HeadTooSlow: 408,
    BodyTooLarge: 413,
    BodyTooSlow: 408,
    MediaTypeInvalid: 415,
    CrossSiteRefused: 403,
    CsrfInvalid: 403,
}
"""HTTP status by refusal; 400 for the others."""
