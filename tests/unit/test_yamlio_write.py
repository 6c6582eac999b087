"""Writing YAML: every reader takes the same value back, whatever its characters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator.yamlio import dump_block, quoted, read_documents, scalar
from tests.strategies import HOSTILE

texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
lookalikes = st.text("ynNoOfFtTrRuUeElLsS01_.:+-eExab~<= ", max_size=6)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts, lookalikes
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(texts, lookalikes), inner, max_size=4)
    ),
    max_leaves=15,
)


def read(text: str) -> Any:
    documents = read_documents(text)
    assert len(documents) == 1
    return documents[0].value


def read_as_yaml_1_1(text: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 1)
    return reader.load(text)


@settings(max_examples=400)
@given(trees)
def test_a_block_is_read_back_as_it_was(tree: object) -> None:
    assert read(dump_block(tree) + "\n") == tree


@settings(max_examples=200)
@given(trees, st.integers(1, 4))
def test_a_block_keeps_its_value_below_a_key(tree: object, indent: int) -> None:
    text = dump_block(tree, indent)
    lead = "\n" + " " * indent if isinstance(tree, (dict, list)) and tree else " "
    assert read(f"key:{lead}{text}\nnext: 1\n") == {"key": tree, "next": 1}


@settings(max_examples=400)
@given(st.one_of(texts, lookalikes))
def test_text_is_text_for_readers_of_both_versions(text: str) -> None:
    line = scalar(text)
    assert "\n" not in line
    assert read(f"a: {line}\n") == {"a": text}
    assert read_as_yaml_1_1(f"a: {line}\n") == {"a": text}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("gitea", "gitea"),
        ("10Gi", "10Gi"),
        ("1h30m", "1h30m"),
        ("http://gitea.raibid-ci.svc:3000/a", "http://gitea.raibid-ci.svc:3000/a"),
        ("./clusters/ci", "./clusters/ci"),
        ("two words", "two words"),
        ("no", '"no"'),
        ("12", '"12"'),
        ("2.10", '"2.10"'),
        ("1e3", '"1e3"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("", '""'),
        ("{{ x }}", '"{{ x }}"'),
        ("a\nb", '"a\\nb"'),
        ("\x85", '"\\u0085"'),
        (True, "true"),
        (None, "null"),
        (3, "3"),
    ],
)
def test_scalars_are_plain_where_that_is_safe(value: Any, written: str) -> None:
    assert scalar(value) == written


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert quoted("a\ud800") == '"a\ufffd"'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        scalar(value)


def test_blocks_are_laid_out_for_people() -> None:
    value = {"a": [{"b": 1, "c": ["x"]}, []], "text": "one\ntwo\n", "empty": {}}
    assert dump_block(value) == ("a:\n  - b: 1\n    c:\n      - x\n  - []\ntext: |\n  one\n  two\nempty: {}")
