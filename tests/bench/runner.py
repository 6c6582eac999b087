"""Measuring commands in turn (A B A B ...) as whole processes, and printing what came out."""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

RUNS = 5
# A command whose warm-up takes longer is left out; a slow one is run as often as fits into the budget, at least once.
BOUND_SECONDS = 120
BUDGET_SECONDS = 60
LINE = 400
BIN = Path(sys.executable).parent
PEERS = BIN.parent / "peers" / "bin"


@dataclass(frozen=True)
class Command:
    """What to run. `output` is the folder it writes, None for standard output; `fresh` moves it away before a run."""

    name: str
    argv: tuple[str, ...]
    output: Path | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Run:
    """One finished process: seconds, seconds, bytes."""

    wall: float
    cpu: float
    memory: int


@dataclass
class Result:
    """A command's counted runs. `note` says what is odd about them; without runs, why there are none."""

    command: Command
    runs: list[Run] = field(default_factory=list)
    note: str = ""
    files: int = 0
    size: int = 0
    planned: int = RUNS

    @property
    def slowest(self) -> float:
        """Seconds of the longest run; the bound if it was cut off."""
        return max((run.wall for run in self.runs), default=float(BOUND_SECONDS))

    def middle(self, figure: str) -> float:
        """Median of `wall`, `cpu` or `memory`."""
        return float(median(getattr(run, figure) for run in self.runs))

    def ratio(self, base: Result, figure: str) -> float:
        """Median over pairs of runs that followed one another."""
        pairs = zip(self.runs, base.runs, strict=False)
        return float(median(getattr(own, figure) / getattr(other, figure) for own, other in pairs))


def measure(commands: Sequence[Command], folder: Path) -> list[Result]:
    """Run each command once to warm up, then all in turn. `folder` is the commands' working directory."""
    results = [Result(command) for command in commands]
    for result in results:
        _warm_up(result, folder)
    for number in range(RUNS):
        for result in results:
            if number < result.planned:
                result.runs.append(_run(result, folder)[0])
    return results


def _warm_up(result: Result, folder: Path) -> None:
    run, written = _run(result, folder)
    if run.wall >= BOUND_SECONDS:
        result.planned = 0
        result.note = f"over {BOUND_SECONDS} s"
        return
    result.planned = max(1, min(RUNS, int(BUDGET_SECONDS / run.wall)))
    output = result.command.output
    sizes = [path.stat().st_size for path in output.rglob("*") if path.is_file()] if output else [written]
    result.files, result.size = len(sizes) if output else 0, sum(sizes)


def _run(result: Result, folder: Path) -> tuple[Run, int]:
    """One run, and how many bytes it printed."""
    command = result.command
    if command.fresh and command.output and command.output.exists():
        # Not removed: for some seconds ext4 looks again at each inode that was just freed, whoever makes a file.
        command.output.rename(tempfile.mkdtemp(prefix="earlier-", dir=folder))
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.argv, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        timer = threading.Timer(BOUND_SECONDS, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            stderr.seek(0)
            lines = stderr.read().decode(errors="replace").strip().splitlines()
            result.note = f"exit {process.returncode}" + (f": {lines[-1][:100]}" if lines else "")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024), stdout.seek(0, os.SEEK_END)


def _environment() -> dict[str, str]:
    """Ours, but with Python's bytecode kept from one run to the next, as for a user."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def print_table(results: Sequence[Result], folder: Path, *, written: bool = False) -> None:
    """Rows with ratios to the first result, then the command lines; `written` adds what each wrote."""
    heads = ["command", "runs", "wall ms", "CPU ms", "peak MiB", "wall ratio", "CPU ratio"]
    heads += ["files", "KiB"] if written else []
    print(f"\n| {' | '.join([*heads, 'note'])} |\n|---{'|---:' * (len(heads) - 1)}|---|")
    for result in results:
        print(f"| {' | '.join(_cells(result, results[0], written=written))} |")
    print()
    for command in (result.command for result in results):
        line = shlex.join((Path(command.argv[0]).name, *command.argv[1:])).replace(str(folder), "TMP")
        print(f"- {command.name}: `{line[:LINE]}{' ...' if len(line) > LINE else ''}`")


def _cells(result: Result, base: Result, *, written: bool) -> list[str]:
    cells = [result.command.name, str(len(result.runs))]
    if result.runs:
        cells += [f"{result.middle('wall') * 1000:.0f}", f"{result.middle('cpu') * 1000:.0f}"]
        cells += [_peak(result)]
    else:
        cells += [""] * 3
    comparable = result.runs and base.runs
    cells += [f"{result.ratio(base, figure):.2f}" if comparable else "" for figure in ("wall", "cpu")]
    cells += [str(result.files or "stdout"), f"{result.size / 1024:.0f}"] if written else []
    return [*cells, result.note]


def _peak(result: Result) -> str:
    """In MiB. Linux counts what this process had when it made the other (exec keeps the mark), so less is not seen."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    seen = result.middle("memory")
    return f"{'' if seen > own else 'at most '}{seen / 2**20:.0f}"


def print_missing(name: str, reason: str) -> None:
    """Say that a program is not measured, and why."""
    print(f"\nSkipped: {name}: {reason}.")
