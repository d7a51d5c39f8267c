"""Take secrets and people's data out of text and of keyed values, before a log or a report leaves the process."""

import re
from collections.abc import Mapping

HIDDEN = "***"
DEPTH_LIMIT = 8

TELLING_WORDS = (
    "authorization|api[_-]?key|cookie|credential|csrf|dsn|invitation|passphrase|passwd|password|private[_-]?key"
    "|pwd|secret|session|signature|token"
)
PERSONAL_WORDS = "address|email|id[_-]?(?:card|number)|mobile|phone|salary|wage"
SENSITIVE_KEY = re.compile(rf"(?i)(?:{TELLING_WORDS}|{PERSONAL_WORDS}|身份证|密码|口令|令牌|手机|薪)")

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # user:password@ in a URL
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s]*@"), f"{HIDDEN}@"),
    # our own credentials: session, API token, invitation
    (re.compile(r"\b(?:ps|pi|plumb)_[\w-]{20,}"), HIDDEN),
    # password=..., "token": "..."; the quoted form keeps spaces inside
    (
        re.compile(
            rf"(?i)((?:{TELLING_WORDS}|密码|口令|令牌)\w*[\"']?\s*[:=:]\s*)(?:\"[^\"]*\"|'[^']*'|(?:(?:bearer|basic)\s+)?[^\s,;}})&]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    # Authorization header values
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    # a Chinese identity number (GB 11643: 17 digits and a check character), or its 15-digit predecessor
    (re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)"), HIDDEN),
    # a mobile number of mainland China
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d{9}(?!\d)"), HIDDEN),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), HIDDEN),
    (re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|$)", re.DOTALL), HIDDEN),
)


def redact_text(text: str) -> str:
    """Return the text with everything that looks like a secret or a person's number replaced by ***."""
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact(value: object, *, key: str = "", depth: int = 0) -> object:
    """Return a copy of a JSON-like value without secrets; what stands under a telling key goes whatever it is."""
    if key and SENSITIVE_KEY.search(key):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEPTH_LIMIT:
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(name): redact(each, key=str(name), depth=depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(each, depth=depth + 1) for each in value]
    return redact_text(value.decode(errors="replace") if isinstance(value, bytes) else str(value))
