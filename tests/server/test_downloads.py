"""The door of files: every refusal has its status, in the reader's language."""

import json

import pytest

from plumb_platform.errors import DomainError, Forbidden, NotFound, Unauthenticated
from plumb_platform.storage import FileMissing, StorageUnavailable
from plumb_server.downloads import attachment, refusal_of


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (Unauthenticated(), 401, None),
        (NotFound(), 404, None),
        (FileMissing(key="x"), 404, None),
        (Forbidden(permission="letter:read"), 403, None),
        (StorageUnavailable(reason="full"), 503, "2"),
    ],
)
def test_a_refused_download_says_why_and_whether_to_ask_again(error: DomainError, status: int, retry: str | None) -> None:
    answer = refusal_of(error, "en")
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry)
    assert json.loads(bytes(answer.body)) == {"errors": [{"message": error.text("en"), "extensions": {"code": error.code}}]}


def test_a_file_is_kept_under_its_own_name_whatever_the_letters() -> None:
    answer = attachment(b"%PDF", "目标 1.pdf", "application/pdf", sha256="0" * 64)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%9B%AE%E6%A0%87%201.pdf"
    assert (answer.headers["etag"], answer.headers["content-type"]) == (f'"{"0" * 64}"', "application/pdf")
