"""Schemas for kubeconform out of the OpenAPI of Kubernetes and of custom resources. Pure: no files, no network.

A result refuses what the API server would drop or refuse: an unknown field, a wrong type, a missing required field.
It accepts what the API server accepts, so an optional field may be null (the API server takes that as absent).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

Schema = dict[str, Any]

# Keywords that say what is valid. All others are documentation, defaults, or hints for a server.
_KEPT: Final = frozenset(
    (
        *("type", "enum", "required", "additionalProperties", "minProperties", "maxProperties"),
        *("pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    )
)
_COMBINED: Final = ("allOf", "anyOf", "oneOf")
# Formats that kubeconform checks, and in the way of the API server. The others would be ignored.
_FORMATS: Final = frozenset(("date-time", "duration"))
_REFERENCE: Final = "#/definitions/"

# Types whose JSON is not what their OpenAPI definition says (UnmarshalJSON in k8s.io/apimachinery).
_SPECIAL: Final[Mapping[str, Schema]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number"]},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["integer", "string"]},
}
# A part of fewer characters costs kubeconform less in two places than as a reference.
_SHARED_LENGTH: Final = 300


class Reducer:
    """Turns one schema after another into its strict, small form.

    References are resolved in place, except to a definition that contains itself: that one is to be kept as a
    definition, and is found in `recursive` afterwards.
    """

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self.recursive: dict[str, Schema] = {}
        self._definitions = definitions
        self._open: list[str] = []

    def reduce(self, schema: Schema) -> Schema:
        """The strict form of `schema`. Raises KeyError for a reference to nowhere."""
        if reference := schema.get("$ref"):
            return self._resolve(reference.removeprefix(_REFERENCE))
        reduced = {key: value for key, value in schema.items() if key in _KEPT}
        if schema.get("format") in _FORMATS:
            reduced["format"] = schema["format"]
        if schema.get("x-kubernetes-int-or-string"):
            reduced["type"] = ["integer", "string"]
        else:
            reduced |= {key: [self.reduce(part) for part in schema[key]] for key in _COMBINED if key in schema}
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                reduced[key] = self.reduce(schema[key])
        if "properties" in schema:
            self._reduce_properties(schema, reduced)
        return nullable(reduced) if schema.get("nullable") else reduced

    def _reduce_properties(self, schema: Schema, reduced: Schema) -> None:
        required = schema.get("required", ())
        reduced["properties"] = {
            name: self.reduce(value) if name in required else nullable(self.reduce(value))
            for name, value in schema["properties"].items()
        }
        # A part of allOf, anyOf or oneOf has no type, and need not list every property.
        if "type" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            reduced.setdefault("additionalProperties", False)

    def _resolve(self, name: str) -> Schema:
        if name in _SPECIAL:
            return dict(_SPECIAL[name])
        if name in self._open:
            self.recursive.setdefault(name, {})
        if name in self.recursive:
            return {"$ref": _REFERENCE + name}
        self._open.append(name)
        reduced = self.reduce(self._definitions[name])
        self._open.pop()
        if name not in self.recursive:
            return reduced
        self.recursive[name] = reduced
        return {"$ref": _REFERENCE + name}


def nullable(schema: Schema) -> Schema:
    """`schema`, taking null as well. One without a type takes anything that its parts take, and stays."""
    if "type" not in schema:
        return schema
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    changed = schema | {"type": types if "null" in types else [*types, "null"]}
    if "enum" in schema and None not in schema["enum"]:
        changed["enum"] = [*schema["enum"], None]
    return changed


def without_descriptions(schema: Schema) -> Schema:
    """`schema` without its documentation; a property that is called `description` stays."""
    slim = {key: value for key, value in schema.items() if key != "description"}
    for key in ("items", "additionalProperties", "not"):
        if isinstance(slim.get(key), dict):
            slim[key] = without_descriptions(slim[key])
    for key in _COMBINED:
        if key in slim:
            slim[key] = [without_descriptions(part) for part in slim[key]]
    if "properties" in slim:
        slim["properties"] = {name: without_descriptions(value) for name, value in slim["properties"].items()}
    return slim


def share(schema: Schema, least: int = _SHARED_LENGTH) -> Schema:
    """`schema` with every object that occurs more than once, and is long enough, as one definition.

    kubeconform compiles the file anew in each run, in a time that goes by its size.
    """
    return _Sharing(schema, least).result()


class _Sharing:
    def __init__(self, schema: Schema, least: int) -> None:
        self._schema = schema
        self._least = least
        self._seen: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._definitions: dict[str, Schema] = {}

    def result(self) -> Schema:
        self._count(self._schema)
        shared: Schema = self._replace_parts(self._schema)
        definitions = shared.get("definitions", {}) | self._definitions
        return shared | {"definitions": definitions} if definitions else shared

    def _count(self, node: Any) -> None:
        for part in _parts(node):
            self._count(part)
        if _is_object(node):
            self._seen[_text(node)] += 1

    def _replace(self, node: Any) -> Any:
        if not _is_object(node):
            return self._replace_parts(node)
        text = _text(node)
        if self._seen[text] < 2 or len(text) < self._least:
            return self._replace_parts(node)
        if text not in self._names:
            definition = self._replace_parts(node)
            self._names[text] = f"shared{len(self._names) + 1}"
            self._definitions[self._names[text]] = definition
        return {"$ref": _REFERENCE + self._names[text]}

    def _replace_parts(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self._replace(value) for key, value in node.items()}
        return [self._replace(value) for value in node] if isinstance(node, list) else node


def _parts(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _is_object(node: Any) -> bool:
    """Whether `node` is the schema of an object with fields, and not a mapping of fields that has such names."""
    return isinstance(node, dict) and isinstance(node.get("type"), (str, list)) and "properties" in node


def _text(node: Any) -> str:
    return json.dumps(node, sort_keys=True, separators=(",", ":"))
