"""Torture: sudden deaths, full disks, flipped bytes, crowds and long runs.

``QUOTH_TORTURE`` says how hard: so many sudden deaths, and all else in proportion.
"""

import os
import shutil
import time
from pathlib import Path

DEATHS = int(os.environ.get("QUOTH_TORTURE", "30"))
FULL = 300  # what `make torture` asks for


def share(full: int, least: int) -> int:
    """Return how many of ``full`` repetitions this run makes, ``least`` at the fewest."""
    return max(least, full * DEATHS // FULL)


def discard(folder: Path) -> None:
    """Remove the folder of an index, in which Tantivy's threads may still be making or removing files for a moment."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)
    shutil.rmtree(folder)
