"""What it costs to start the command line, beside importing click with the same interpreter."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.runner import BIN, Command, measure, print_table


def figure(folder: Path) -> None:
    print("\n## Start-up")
    program = str(BIN / "raibid-gen")
    commands = [
        Command("import click", (sys.executable, "-c", "import click")),
        Command("raibid-gen --help", (program, "--help")),
        Command("raibid-gen --version", (program, "--version")),
    ]
    print_table(measure(commands, folder), folder)
