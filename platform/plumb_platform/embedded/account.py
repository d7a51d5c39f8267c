"""Which account the embedded servers run under, and what it needs to reach their folders."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class ServerAccountUnusable(RuntimeError):
    """Root started the servers, but the account they must run under cannot reach their folders."""


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """The user that owns the server processes; `prefix` is the command that gives up root, empty for a plain user."""

    uid: int
    prefix: tuple[str, ...] = ()

    def run(self, *command: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as this account, with a bare environment and nothing inherited."""
        words = [*self.prefix, *map(str, command)]
        return subprocess.run(  # noqa: S603 - the words are ours: binaries of the wheels and paths of the home folder
            words,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env=ENVIRONMENT,
            timeout=timeout,
        )

    def own_folder(self, folder: Path) -> Path:
        """Make `folder` private (0700) to this account and return it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.uid)
        folder.chmod(0o700)
        return folder


def server_account(*places: Path) -> ServerAccount:
    """Return the account for servers that must reach `places`: the caller, or nobody when the caller is root.

    PostgreSQL refuses to run as root. Nobody cannot pass a folder such as /root (0700), and opening other people's
    folders is not ours to do, so then the servers keep one ambient capability, that of searching folders.
    """
    me = os.geteuid()
    if me != 0:
        return ServerAccount(uid=me)
    setpriv = shutil.which("setpriv", path=ENVIRONMENT["PATH"])
    if setpriv is None:
        raise ServerAccountUnusable("缺少 setpriv，请运行 / setpriv is missing, run: apt-get install -y util-linux")
    capability = "" if all(_open_to_all(place) for place in places) else _search_capability()
    return ServerAccount(uid=NOBODY, prefix=(setpriv, *_drop_to_nobody(capability), "--"))


def _drop_to_nobody(capability: str) -> tuple[str, ...]:
    kept = f"-all,+{capability}" if capability else "-all"
    user = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    if not capability:
        return (*user, f"--inh-caps={kept}")
    # access(2), by which PostgreSQL looks for its own programs, heeds capabilities only under no_setuid_fixup.
    return (*user, f"--inh-caps={kept}", f"--ambient-caps={kept}", "--securebits=+no_setuid_fixup")


def _open_to_all(place: Path) -> bool:
    real = place.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in [*real.parents, real] if folder.exists())


def _search_capability() -> str:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    held = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:")), 0)
    if held >> DAC_READ_SEARCH & 1:
        return "dac_read_search"
    if held >> DAC_OVERRIDE & 1:  # what a default container has
        return "dac_override"
    raise ServerAccountUnusable(
        "数据库账户无法进入该目录，请把 PLUMB_HOME 设为所有人可进入的目录，例如 /srv/plumb。"
        " The server account cannot enter these folders: set PLUMB_HOME to one that all may enter, such as /srv/plumb."
    )
