"""`python -m tests.bench [FIGURE ...]`: print the figures, all or those named."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.bench import render, startup, validate

FIGURES = {"render": render.figure, "startup": startup.figure, "validate": validate.figure}


def main(names: list[str]) -> None:
    if unknown := set(names) - FIGURES.keys():
        sys.exit(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}.")
    print("Medians of whole processes after a warm-up, run in turn. CPU is user and system time of all their children.")
    for name in names or FIGURES:
        with tempfile.TemporaryDirectory(prefix="raibid-bench-") as folder:
            FIGURES[name](Path(folder))


main(sys.argv[1:])
