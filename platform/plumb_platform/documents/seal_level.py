"""The levels of a seal, apart from the libraries that make them."""

from enum import StrEnum


class SealLevel(StrEnum):
    """The levels of ETSI EN 319 142-1: bare, with a time stamp, with what validating needs, with a stamp over all that."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"
