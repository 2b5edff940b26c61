"""Torture: sudden deaths, full disks, flipped bytes, crowds and long runs.

``QUOTH_TORTURE`` says how hard: so many sudden deaths, and all else in proportion.
"""

import os

DEATHS = int(os.environ.get("QUOTH_TORTURE", "30"))
FULL = 300  # what `make torture` asks for


def share(full: int, least: int) -> int:
    """Return how many of ``full`` repetitions this run makes, ``least`` at the fewest."""
    return max(least, full * DEATHS // FULL)
