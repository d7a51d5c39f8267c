"""What a serving process lets glibc keep: without limits, two sign-ins at once leave 38 MB behind in it for ever."""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
OWN_MAPPING, LEFT_ON_TOP, ARENAS = 256 * 1024, 1024 * 1024, 2


def give_back_what_is_freed() -> bool:
    """Fix glibc's thresholds and number of arenas for this process; return whether there is a glibc to be told.

    glibc raises its threshold to the largest block that was ever freed (32 MB at most): what argon2 takes for a password,
    19 MB, would from then on come out of each thread's arena and stay there.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wanted = {M_ARENA_MAX: ARENAS, M_MMAP_THRESHOLD: OWN_MAPPING, M_TRIM_THRESHOLD: LEFT_ON_TOP}
    return {mallopt(parameter, value) for parameter, value in wanted.items()} == {1}
