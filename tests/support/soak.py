"""How often what is drawn at random is drawn: as often as its row asks for in the suite, more often in `make soak`."""

import os

SOAK = os.environ.get("PLUMB_SOAK") == "1"


def times(usual: int, soak: int) -> int:
    """Return a number of repetitions: `usual` by itself, `soak` in `make soak`.

    No row may ask for more than `usual`: what a row counts is part of every run.
    """
    assert usual < soak
    return soak if SOAK else usual
