"""Storage: content addresses, whole files or none, nothing outside the folder (A56)."""

import hashlib
from pathlib import Path
from uuid import UUID

import pytest

from plumb_platform.storage import FileChanged, FileMissing, Storage, StorageUnavailable, content_key, open_storage
from support.full_disk import full_disk

TENANT = UUID("019a0000-0000-7000-8000-000000000001")
LETTER = b"%PDF-1.7 letter"
KEY = f"{TENANT}/letters/{hashlib.sha256(LETTER).hexdigest()}.pdf"


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(f"file://{tmp_path}/files", home=tmp_path)


@pytest.mark.parametrize(
    "key",
    [
        "../secret.key",
        f"{TENANT}/letters/../../../secret.key",
        f"/{KEY}",
        f"{TENANT}/letters/%2e%2e/%2e%2e/secret.key",
        f"{TENANT}/letters/{'a' * 64}.pdf\n",
        f"{TENANT}/letters/{'a' * 64}.pdf/../../../../secret.key",
        "",
    ],
)
async def test_a_key_that_is_no_content_address_is_missing(storage: Storage, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.key").write_text("secret")
    with pytest.raises(FileMissing):
        await storage.get(key)
    assert (tmp_path / "secret.key").read_text() == "secret"


async def test_a_file_that_was_never_put_is_missing(storage: Storage) -> None:
    with pytest.raises(FileMissing) as refusal:
        await storage.get(KEY)
    assert refusal.value.code == "FILE_MISSING"


async def test_a_file_changed_on_the_disk_is_not_handed_out(storage: Storage, tmp_path: Path) -> None:
    key = await storage.put(TENANT, "letters", LETTER)
    (tmp_path / "files" / key).write_bytes(LETTER + b"x")
    with pytest.raises(FileChanged):
        await storage.get(key)


async def test_a_folder_that_cannot_be_written_is_a_problem_and_leaves_nothing(tmp_path: Path) -> None:
    storage = open_storage("", home=tmp_path)
    (tmp_path / "files" / str(TENANT)).write_text("a file where a folder must stand")
    with pytest.raises(StorageUnavailable):
        await storage.put(TENANT, "letters", LETTER)
    assert [path.name for path in (tmp_path / "files").iterdir()] == [str(TENANT)]


def test_a_suffix_that_could_leave_the_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="not a file suffix"):
        content_key(TENANT, "letters", LETTER, suffix="../x")


def test_a_url_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PLUMB_STORAGE_URL"):
        open_storage("http://127.0.0.1/files", home=tmp_path)
    with pytest.raises(ValueError, match="PLUMB_STORAGE_URL"):
        open_storage("relative/folder", home=tmp_path)


async def test_a_file_comes_back_under_its_content_address(storage: Storage, tmp_path: Path) -> None:
    assert await storage.put(TENANT, "letters", LETTER) == KEY
    assert await storage.put(TENANT, "letters", LETTER) == KEY
    assert await storage.get(KEY) == LETTER
    assert [path.name for path in (tmp_path / "files" / str(TENANT) / "letters").iterdir()] == [KEY.rpartition("/")[2]]


async def test_the_default_folder_stands_in_home_and_is_private(tmp_path: Path) -> None:
    key = await open_storage("", home=tmp_path / "var").put(TENANT, "letters", b"{}", suffix="json")
    assert (tmp_path / "var" / "files" / key).read_bytes() == b"{}"
    assert (tmp_path / "var" / "files").stat().st_mode & 0o777 == 0o700


def test_an_s3_url_opens_a_bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    storage = open_storage("s3://plumb-letters/files", home=tmp_path)
    assert isinstance(storage, Storage)
    assert not (tmp_path / "files").exists()


async def test_a_disk_that_is_full_in_the_middle_of_a_file_leaves_nothing_of_it(storage: Storage, tmp_path: Path) -> None:
    with full_disk(beyond=10_000), pytest.raises(StorageUnavailable):
        await storage.put(TENANT, "letters", b"x" * 50_000)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    assert await storage.get(await storage.put(TENANT, "letters", b"x" * 50_000)) == b"x" * 50_000
