"""Which vendored schemas a cluster's versions choose."""

from __future__ import annotations

import pytest

from generator.check.schema.findings import Cause, causes
from generator.check.schema.schemas import choose


@pytest.mark.parametrize(
    ("version", "sets"),
    [
        ("1.28", ["v1.28"]),
        ("v1.36.4+k3s1", ["v1.36"]),
        ("1.30", ["v1.36", "v1.28"]),
        ("1.25", ["v1.28", "v1.36"]),
        ("1.40", ["v1.36", "v1.28"]),
    ],
)
def test_an_exact_set_stands_alone_and_else_the_nearest_newer_comes_first(version: str, sets: list[str]) -> None:
    assert choose(("v1.28", "v1.36"), version) == sets


def test_the_causes_in_a_message() -> None:
    message = (
        "problem: jsonschema validation failed with 'file:///s.json#' "
        "- at '/metadata/labels/app.kubernetes.io~1name': got number, want string "
        "- at '/spec': validation failed "
        "  - at '/spec': additional properties 'b', 'a' not allowed "
        "  - at '/spec/x': 'oneOf' failed, none matched "
        "    - at '/spec/x': got object, want string "
        "    - at '/spec/x': got object, want integer "
        "  - at '/spec/replicas': got string, want null or integer"
    )
    assert list(causes(message)) == [
        Cause(("metadata", "labels", "app.kubernetes.io/name"), "got number, want string"),
        Cause(("spec",), "additional properties 'a', 'b' not allowed"),
        Cause(("spec", "x"), "got object, want string or got object, want integer"),
        Cause(("spec", "replicas"), "got string, want integer"),
    ]
