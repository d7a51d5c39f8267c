"""A finding of `plumb doctor`: a part that Plumb needs, how it is, and the command that mends it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "missing"]
CONNECT_SECONDS = 5
APT = "apt-get install -y --no-install-recommends "


@dataclass(frozen=True, slots=True)
class Finding:
    """One part and its state; `command` mends it and is empty when nothing is to be done."""

    part: str
    state: State
    zh: str
    en: str
    command: str = ""
