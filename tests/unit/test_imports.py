"""Imports run one way: cli -> {render, check} -> config -> {versions, lock} -> {disk, yamlio} -> {contract, errors}."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A room imports itself and what stands in a later line; rooms in one line do not know each other.
LAYERS = [
    {"cli"},
    {"render", "check"},
    {"config"},
    {"versions", "lock"},
    {"disk", "yamlio"},
    {"contract", "errors"},
]
MODULES = sorted(path for package in ("generator", "agent") for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """Every module of ours that a file imports, wherever in the file the import stands."""
    names = {module_name(one) for one in MODULES}
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & names - {module_name(path)}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_imports_only_from_rooms_below_its_own(path: Path) -> None:
    module = module_name(path)
    if module.startswith("agent"):
        allowed = {"contract"}
    else:
        depth = next((n for n, layer in enumerate(LAYERS) if room(module) in layer), -1)
        allowed = {room(module)}.union(*LAYERS[depth + 1 :])
    used = {room(name) for name in imports_of(path) if name.startswith("generator.")}
    assert used <= allowed, f"{module} imports from {', '.join(sorted(used - allowed))}"


def test_every_room_has_its_layer() -> None:
    rooms = {room(module_name(path)) for path in MODULES if module_name(path).startswith("generator.")}
    assert rooms == set().union(*LAYERS)


def test_no_import_runs_in_a_circle() -> None:
    graph = {module_name(path): imports_of(path) for path in MODULES}
    for module, imported in graph.items():
        # A package and its own modules are one thing: `generator.render` gathers what its modules define.
        graph[module] = {name for name in imported if not module.startswith(name + ".")}
    TopologicalSorter(graph).prepare()
