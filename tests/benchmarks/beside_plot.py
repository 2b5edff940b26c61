"""Draw measures over sizes, each system a line: what to draw comes as JSON. Run with a Python that has matplotlib."""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Draw what standard input describes; the same numbers always give the same file."""
    import matplotlib as mpl  # type: ignore[import-not-found]
    from matplotlib import pyplot as plt

    given: dict[str, Any] = json.load(sys.stdin)
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "beside", "svg.fonttype": "none", "font.size": 8})
    figure, axes = plt.subplots(2, 2, figsize=(7, 5), layout="constrained")
    for panel, (title, lines) in zip(axes.flat, given["panels"].items(), strict=True):
        for (system, points), mark in zip(lines.items(), "os^", strict=True):
            panel.loglog(*zip(*points, strict=True) if points else ([], []), marker=mark, markersize=4, label=system)
        panel.set_title(title)
        panel.set_xlabel("sentences")
        panel.minorticks_off()
        panel.xaxis.set_major_formatter("{x:,.0f}")
        panel.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter("{x:,g}")
        panel.grid(alpha=0.3)
    axes.flat[0].legend()
    figure.savefig(Path(given["file"]), format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
