"""`raibid-gen render` beside programs that write or print comparable manifests, for 1 to 10,000 pools of agents."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tests.bench import comparable
from tests.bench.config import pool_names, write_config
from tests.bench.runner import BIN, BOUND_SECONDS, Command, Result, measure, print_missing, print_table

SIZES = (1, 10, 100, 1_000, 10_000)
COLD, UNCHANGED = "raibid-gen render, new tree", "raibid-gen render, unchanged tree"


def figure(folder: Path) -> None:
    model = comparable.reference(folder / "reference")
    programs = comparable.available()
    own: dict[int, list[Result]] = {}
    for size in SIZES:
        print(f"\n## Render, {size:,} {'pool' if size == 1 else 'pools'}")
        place = folder / str(size)
        names = pool_names(size)
        commands = raibid_gen(place, write_config(place / "config.yaml", names))
        for program in programs:
            commands += program.prepare(model, names, place)
        results = measure(commands, place)
        own[size] = results[:2]
        print_table(results, place, written=True)
        programs = [program for program in programs if not _is_given_up(program.name, results)]
    for name, reason in comparable.missing().items():
        print_missing(name, reason)
    _print_slope(own)


def _is_given_up(name: str, results: Sequence[Result]) -> bool:
    """Whether the next size, ten times this one, would be too slow even if the time only grew in step. Says so."""
    slowest = max(result.slowest for result in results if result.command.name.startswith(name))
    if slowest * 10 < BOUND_SECONDS:
        return False
    print_missing(f"{name} for more pools", f"{slowest:.0f} s here, and the bound is {BOUND_SECONDS} s")
    return True


def raibid_gen(place: Path, config: Path) -> list[Command]:
    """Rendering into a folder that is not there, and into one that has everything already."""
    render = (str(BIN / "raibid-gen"), "render", "-c", str(config), "-o")
    new, same = place / "new", place / "unchanged"
    return [
        Command(COLD, (*render, str(new)), new, fresh=True),
        Command(UNCHANGED, (*render, str(same)), same),
    ]


def _print_slope(own: dict[int, list[Result]]) -> None:
    print("\n## What each further pool costs raibid-gen\n\n| from | to pools | tree | wall ms | CPU ms | peak KiB |")
    print("|---:|---:|---|---:|---:|---:|")
    for smaller, larger in pairwise(own):
        for tree, less, more in zip(("new", "unchanged"), own[smaller], own[larger], strict=True):
            wall, cpu, memory = (
                (more.middle(figure) - less.middle(figure)) / (larger - smaller) for figure in ("wall", "cpu", "memory")
            )
            print(f"| {smaller:,} | {larger:,} | {tree} | {wall * 1e3:.2f} | {cpu * 1e3:.2f} | {memory / 1024:.1f} |")
