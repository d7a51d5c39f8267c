import pytest

from plumb_platform.observability.redaction import redact, redact_text

TOKEN = "plumb_" + "Ab3-" * 10
SESSION = "ps_" + "Zz9_" * 10


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://plumb_app:s3cret@db:5432/plumb", "postgresql://***@db:5432/plumb"),
        ("redis://:s3cret@cache/0", "redis://***@cache/0"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: ***"),
        ("sent bearer abc.def-ghi to them", "sent bearer *** to them"),
        (f"the token is {TOKEN} and {SESSION}", "the token is *** and ***"),
        ("password=hunter2 and more", "password=*** and more"),
        ('{"password": "two words", "a": 1}', '{"password": ***, "a": 1}'),
        ("密码:hunter2", "密码:***"),
        ("身份证 11010519491231002X 已存在", "身份证 *** 已存在"),
        ("Key (phone)=(13800138000) already exists", "Key (phone)=(***) already exists"),
        ("write to chen.jing@example.com.cn", "write to ***"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "***"),
    ],
)
def test_secrets_and_personal_numbers_are_taken_out_of_text(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "letter sealed",
        "goal 0192f0c1-7d3a-7000-8000-0123456789ab confirmed",
        "11,385,000.00 of 30000000",
        "2026-11-21T23:15:20Z",
        "http://127.0.0.1:8000/verify",
        "目标已锁定,请等待审批",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


def test_what_stands_under_a_telling_key_goes_whatever_it_is() -> None:
    given = {
        "headers": {"Cookie": "a=b", "X-Plumb-CSRF": "c", "Accept": "text/html"},
        "variables": [{"newPassword": ["p"], "idNumber": 1, "phone": None, "name": "陈静"}],
    }
    assert redact(given) == {
        "headers": {"Cookie": "***", "X-Plumb-CSRF": "***", "Accept": "text/html"},
        "variables": [{"newPassword": "***", "idNumber": "***", "phone": "***", "name": "陈静"}],
    }


def test_values_nested_too_deep_are_hidden_and_not_followed() -> None:
    nest: dict[str, object] = {}
    nest["again"] = nest
    assert str(redact(nest)).count("again") == 8
