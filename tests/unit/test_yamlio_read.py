"""Reading YAML: values of the core schema, positions, and refusals."""

from __future__ import annotations

import math
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator.yamlio import YamlError, read_documents
from generator.yamlio.read import MAX_DEPTH


def value(text: str) -> Any:
    return read_documents(text)[0].value


def refusal(text: str) -> tuple[str, int, int]:
    with pytest.raises(YamlError) as caught:
        read_documents(text)
    return caught.value.message, caught.value.line, caught.value.column


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("True", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("+5", 5),
        ("1:30", "1:30"),
        ("2.10", 2.1),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        (".", "."),
        ("-.inf", -math.inf),
        ("2024-01-01", "2024-01-01"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("'12'", "12"),
        ("=", "="),
    ],
)
def test_plain_scalars_are_those_of_yaml_1_2(text: str, meant: object) -> None:
    found = value(f"a: {text}\n")["a"]
    assert found == meant
    assert type(found) is type(meant)


def test_a_number_that_python_cannot_write_stays_text() -> None:
    assert value("9" * 5000) == "9" * 5000


def test_colons_in_flow_collections_are_those_of_yaml_1_2() -> None:
    document = read_documents("a: 1\nb: {url: http://x:80/y, c: [:d, e:f]}")[0]
    assert document.value["b"] == {"url": "http://x:80/y", "c": [":d", "e:f"]}
    assert document.value_mark(("b", "url")) == (2, 10, "http://x:80/y")


def test_documents_know_their_first_line() -> None:
    documents = read_documents("# head\na: 1\n---\n- 2\n---\n")
    assert [(document.value, document.line) for document in documents] == [({"a": 1}, 2), ([2], 3), (None, 5)]


def test_nothing_is_no_document() -> None:
    assert read_documents("# only a comment\n") == []


def test_positions_of_keys_and_values() -> None:
    document = read_documents("a:\n  - b: 1\n    c:   2.10\n")[0]
    assert document.mark(("a", 0, "c"))[:2] == (3, 5)
    assert document.value_mark(("a", 0, "c")) == (3, 10, "2.10")
    assert document.mark(("a", 0))[:2] == (2, 5)


def test_a_place_that_is_not_there_has_its_parents_position() -> None:
    document = read_documents("a:\n  b:\n    c: 1\n")[0]
    assert document.mark(("a", "b", "x", "y"))[:2] == (2, 3)
    assert document.mark(())[:2] == (1, 1)


def test_a_quoted_value_has_no_plain_text() -> None:
    assert read_documents("a: '1'")[0].value_mark(("a",)).text == ""


def test_what_is_merged_has_the_position_where_it_stands() -> None:
    document = read_documents("a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\n")[0]
    assert document.value["b"] == {"x": 1, "y": 2}
    assert document.mark(("b", "x"))[:2] == (2, 3)


def test_merging_never_wins_over_what_is_said() -> None:
    assert value("a: &a {x: 1, y: 1}\nb: {x: 2, <<: *a, y: 3}")["b"] == {"x": 2, "y": 3}


def test_the_first_of_several_merged_wins() -> None:
    assert value("a: {<<: [{x: 1}, {x: 2, y: 2}]}")["a"] == {"x": 1, "y": 2}


def test_collections_merged_in_place_leave_no_marks_behind() -> None:
    text = "".join(f"- <<: {{a: {number}, b: 1}}\n  c: {{a: 1, b: 2}}\n" for number in range(50))
    assert value(text)[49] == {"a": 49, "b": 1, "c": {"a": 1, "b": 2}}


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert value("'<<': 1") == {"<<": 1}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\na: 2", ("a: the key is there twice; it first stands in line 1", 2, 1)),
        ("{a: 1, 'a': 2}", ("a: the key is there twice; it first stands in line 1", 1, 8)),
        ("1: a\n0x1: b", ("1: the key is there twice; it first stands in line 1", 2, 1)),
        ("a: &x [*x]", ("anchor &x contains itself", 1, 8)),
        ("a: &x 1\n---\nb: *x", ("alias *x has no anchor &x before it", 3, 4)),
        ("<<: [1]", ("<<: only mappings can be merged", 1, 5)),
        ("a: !!binary aGk=", ("the tag !!binary is not used here; write the plain value", 1, 4)),
        ("a:\n\t- 1", ("a tab character; YAML is indented with spaces", 2, 1)),
        ("a: é\nb: \x00", ("the character U+0000 is not allowed in YAML; is this a text file in UTF-8?", 2, 4)),
        ("{a: 1}\nb: 2", ("not YAML: text after the end of the document; is it meant to be inside?", 2, 1)),
        ("a: \ud800", ("the character U+D800 is not allowed in YAML; is this a text file in UTF-8?", 1, 4)),
    ],
)
def test_refusals(text: str, told: tuple[str, int, int]) -> None:
    assert refusal(text) == told


def test_depth_is_limited() -> None:
    assert value("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert refusal("[" * 100_000)[0] == f"nested deeper than {MAX_DEPTH} levels"


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert refusal("\n".join(lines))[0] == "aliases expand to more than 100,000 nodes"


def test_a_bomb_of_merged_aliases_is_refused() -> None:
    lines = ["a0: &a0 {k: [x, x, x, x, x, x, x, x, x, x]}"]
    lines += [f"a{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(10))}}}" for n in range(1, 30)]
    assert refusal("\n".join(lines))[0] == "aliases expand to more than 100,000 nodes"


def test_with_tags_a_tag_is_passed_over() -> None:
    assert read_documents("a: !vault secret", tags=True)[0].value == {"a": "secret"}


@settings(max_examples=300)
@given(st.text(alphabet=st.sampled_from("ab1.:-[]{}&*!|>'\"%@`#,?~ \n\t<"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_documents(text)
    except YamlError as error:
        told = (error.line, error.column)
    else:
        told = (1, 1)
    assert min(told) >= 1


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False),
    st.text("ab :#-'\"é\n", max_size=12),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
)


@settings(max_examples=200)
@given(trees)
def test_what_another_writer_wrote_is_read_as_it_was(tree: object) -> None:
    stream = StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.dump({"tree": tree}, stream)
    assert value(stream.getvalue()) == {"tree": tree}
