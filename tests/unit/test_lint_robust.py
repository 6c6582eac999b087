"""Whatever a person writes into a manifest, the rules answer with findings and never with a traceback."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.check.lint import lint_repository
from generator.check.repository.manifests import load_repository
from generator.yamlio import dump_block, read_documents

FIXTURES = Path(__file__).parents[1] / "fixtures/lint"
# Together they hold every kind that a rule looks at.
RULES = (
    "chart-vulnerable",
    "claim-missing",
    "disruption-budget",
    "network-policy-shuts-out",
    "rbac-too-wide",
    "secret-missing",
    "service-missing",
    "source-missing",
    "trigger-auth-missing",
    "trigger-address",
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*place, key)
        yield from places(item, (*place, key))


def spoilt(value: Any, place: tuple[Any, ...], bad: Any) -> Any:
    result = copy.deepcopy(value)
    target = result
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = bad
    return result


@pytest.mark.parametrize("rule", RULES)
def test_a_field_of_another_type_breaks_no_rule(rule: str, tmp_path: Path) -> None:
    text = (FIXTURES / rule / "good/manifests.yaml").read_text()
    objects = [document.value for document in read_documents(text)]
    strange: list[Any] = [None, 7, "text", [None], ["text", {}], {"a": None}]
    for number, place in enumerate(place for place in places(objects) if len(place) > 1):
        mixed = spoilt(objects, place, strange[number % len(strange)])
        (tmp_path / "manifests.yaml").write_text("---\n".join(f"{dump_block(item)}\n" for item in mixed))
        lint_repository(load_repository(tmp_path, tmp_path))
