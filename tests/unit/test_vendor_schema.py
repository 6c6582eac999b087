"""From OpenAPI to the strict schemas that kubeconform gets."""

from __future__ import annotations

from typing import Any

import pytest

from tools.vendoring.schema import Reducer, nullable, share, without_descriptions


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            {"type": "string", "description": "a", "default": "b", "format": "int32", "x-kubernetes-validations": []},
            {"type": "string"},
            id="documentation, defaults and hints go",
        ),
        pytest.param(
            {"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}, id="dates are checked"
        ),
        pytest.param(
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}},
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "string"}, "b": {"type": ["integer", "null"]}},
                "additionalProperties": False,
            },
            id="unknown fields are refused, optional ones may be null",
        ),
        pytest.param(
            {"type": "object", "properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": True},
            {"type": "object", "properties": {"a": {}}},
            id="unknown fields that are kept are accepted",
        ),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "string", "description": "a"}},
            {"type": "object", "additionalProperties": {"type": "string"}},
            id="a map keeps the type of its values",
        ),
        pytest.param(
            {"anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": "^a", "x-kubernetes-int-or-string": True},
            {"type": ["integer", "string"], "pattern": "^a"},
            id="a number or a text",
        ),
        pytest.param(
            {"type": "object", "nullable": True}, {"type": ["object", "null"]}, id="nullable in an item of a list"
        ),
        pytest.param(
            {"type": "array", "items": {"type": "object", "properties": {}}},
            {"type": "array", "items": {"type": "object", "properties": {}, "additionalProperties": False}},
            id="items are strict too",
        ),
        pytest.param(
            {"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"properties": {"a": {}}}]},
            {
                "type": "object",
                "properties": {"a": {"type": ["string", "null"]}},
                "additionalProperties": False,
                "oneOf": [{"properties": {"a": {}}}],
            },
            id="an alternative need not list every field",
        ),
    ],
)
def test_reduce(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert Reducer({}).reduce(given) == expected


def test_references_are_resolved_in_place() -> None:
    reducer = Reducer({"A": {"type": "array", "items": {"$ref": "#/definitions/B"}}, "B": {"type": "string"}})
    assert reducer.reduce({"$ref": "#/definitions/A"}) == {"type": "array", "items": {"type": "string"}}
    assert reducer.recursive == {}


def test_a_definition_that_contains_itself_stays_one() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#/definitions/Tree"}}}
    reducer = Reducer({"Tree": tree})
    reference = {"$ref": "#/definitions/Tree"}
    assert reducer.reduce({"$ref": "#/definitions/Tree"}) == reference
    assert reducer.recursive == {
        "Tree": {"type": "object", "properties": {"child": reference}, "additionalProperties": False}
    }


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("io.k8s.apimachinery.pkg.api.resource.Quantity", ["string", "number"]),
        ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", ["integer", "string"]),
    ],
)
def test_types_with_a_json_of_their_own(name: str, types: list[str]) -> None:
    assert Reducer({name: {"type": "string"}}).reduce({"$ref": f"#/definitions/{name}"}) == {"type": types}


def test_a_reference_to_nowhere_is_an_error() -> None:
    with pytest.raises(KeyError):
        Reducer({}).reduce({"$ref": "#/definitions/Nowhere"})


def test_null_is_among_the_allowed_values() -> None:
    assert nullable({"type": "string", "enum": ["a"]}) == {"type": ["string", "null"], "enum": ["a", None]}


def test_what_takes_anything_stays() -> None:
    assert nullable({}) == {}


def test_descriptions_go_but_a_field_of_that_name_stays() -> None:
    assert without_descriptions(
        {
            "description": "a",
            "properties": {"description": {"type": "string", "description": "b"}},
            "items": {"description": "c"},
            "additionalProperties": {"description": "d"},
            "anyOf": [{"description": "e"}],
        }
    ) == {
        "properties": {"description": {"type": "string"}},
        "items": {},
        "additionalProperties": {},
        "anyOf": [{}],
    }


def test_equal_parts_become_one_definition() -> None:
    part = {"type": "object", "properties": {"a": {"type": "string"}}}
    reference = {"$ref": "#/definitions/shared1"}
    assert share({"type": "object", "properties": {"x": part, "y": dict(part)}}, least=10) == {
        "type": "object",
        "properties": {"x": reference, "y": reference},
        "definitions": {"shared1": part},
    }


def test_short_parts_are_repeated() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "object", "properties": {}}, "y": {"type": "object"}}}
    assert share(schema) == schema


def test_fields_called_type_and_properties_are_no_schema() -> None:
    fields = {"type": {"type": "string"}, "properties": {"type": "string"}}
    schema = {"type": "object", "properties": {"x": {"properties": fields}, "y": {"properties": fields}}}
    assert share(schema, least=10) == schema
