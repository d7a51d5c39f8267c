"""The secret that is made where none is given: whole or not at all, one for all processes, and never a short one."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plumb_platform.settings import Settings

READ = """
import sys
from pathlib import Path
from plumb_platform.settings import Settings
print(Settings(home=Path(sys.argv[1])).secrets[0])
"""


def test_a_secret_that_was_left_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"")
    with pytest.raises(ValueError, match=r"secret\.key must have at least 32 characters"):
        _ = Settings(home=tmp_path).secrets


def test_a_full_disk_leaves_no_secret_and_the_next_one_is_whole(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            _ = Settings(home=tmp_path).secrets
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert list(tmp_path.iterdir()) == []
    assert len(Settings(home=tmp_path).secrets[0]) == 64


def test_processes_that_begin_at_once_have_one_secret(tmp_path: Path) -> None:
    begun = [
        subprocess.Popen([sys.executable, "-c", READ, str(tmp_path)], stdout=subprocess.PIPE, env=os.environ) for _ in range(4)
    ]
    assert len({each.communicate(timeout=240)[0] for each in begun}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
