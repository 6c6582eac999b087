"""What config.yaml may hold, for editors (JSON Schema) and for people (Markdown), both from the model."""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from generator import contract
from generator.config.model import Config
from generator.config.problems import section_in
from generator.config.types import KIND
from generator.yamlio import scalar

_EXAMPLES = Path(__file__).with_name("examples.yaml")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NULL = {"type": "null"}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of config.yaml. It knows each value by itself, not the rules between keys."""
    schema: dict[str, Any] = _without_notes(_described_schema())
    return schema


def json_text() -> str:
    """The JSON Schema as docs/config.schema.json holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _described_schema() -> dict[str, Any]:
    """pydantic's schema with what it does not know, and still with the notes on kinds."""
    found = Config.model_json_schema()
    definitions = found.pop("$defs")
    for model in {*_sections(Config)} - {Config}:
        _complete(definitions[model.__name__], model)
    _complete(found, Config)
    head = {"$schema": _DIALECT, "$id": f"urn:{contract.PROGRAM}:config", "title": f"{contract.PROGRAM}: config.yaml"}
    return {**head, **{key: item for key, item in found.items() if key != "title"}, "$defs": definitions}


def _sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        inner = section_in(field.annotation)
        if inner is not None:
            yield from _sections(inner)


def _complete(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Adds the fields' docstrings, and null where it stands for the default."""
    required = schema.get("required", [])
    if not required:
        schema["type"] = ["object", "null"]
    if summary := _one_line(vars(model)["__doc__"] or ""):
        schema["description"] = summary
    for name, field in schema["properties"].items():
        _name_keys(field)
        if name not in required:
            _allow_null(field)
        field.pop("title", None)
        field["description"] = _one_line(field_docs(model)[name])


def _name_keys(field: dict[str, Any]) -> None:
    """pydantic lets keys pass that match no pattern; the loader refuses them."""
    for pattern, value in field.pop("patternProperties", {}).items():
        field["propertyNames"]["pattern"] = pattern
        field["additionalProperties"] = value


def _allow_null(field: dict[str, Any]) -> None:
    """A key without a value has its default. A section says so itself."""
    if field.get("default", ...) is None:
        del field["default"]
    if "enum" in field:
        field["enum"] = [*field["enum"], None]
    if "type" in field:
        field["type"] = [field["type"], "null"]
    elif "anyOf" in field and _NULL not in field["anyOf"]:
        field["anyOf"] = [*field["anyOf"], _NULL]


def _without_notes(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_notes(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    notes = (KIND, "title") if schema.get("$schema") is None else (KIND,)
    return {key: _without_notes(item) for key, item in schema.items() if key not in notes or not isinstance(item, str)}


def markdown() -> str:
    """docs/config.md: a table of keys for every section, and an example."""
    schema = _described_schema()
    parts = [_INTRODUCTION]
    for name, field in schema["properties"].items():
        parts += _section_parts(name, field, schema["$defs"])
        parts.append(f"```yaml\n{_examples()[name]}\n```")
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = f"""\
# config.yaml

<!-- Written by tools/docs.py from generator/config/; do not edit. -->

Every key has a default, so that an empty file is a valid configuration; a key without a value has its default too.
Unknown keys are refused. YAML 1.2: `no` and `on` are text, `true` and `false` are booleans. A version such as 2.10
stands in quotes. `{contract.PROGRAM} schema` prints the JSON Schema, [config.schema.json](config.schema.json), with
which editors complete and check the file."""


def _section_parts(name: str, field: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """The heading, text and table of a section, then those of the lists and optional sections in it."""
    section = definitions[_referred(field)]
    depth = "##" if name.isidentifier() else "###"
    yield f"{depth} {name}"
    yield field["description"]
    rows = list(_rows("", section, field.get("default", {}), definitions))
    table = [f"| `{path}` | {_kind(one)} | {shown} | {one['description']} |" for path, one, shown in rows]
    yield "\n".join(["| key | value | default | meaning |", "|---|---|---|---|", *table])
    for path, one, _ in rows:
        if _referred(one):
            mark = "[]" if "items" in one else ""
            inside = f"{name}[]" if "items" in field else name
            yield from _section_parts(f"{inside}.{path}{mark}", one, definitions)


def _rows(
    above: str, section: dict[str, Any], defaults: Any, definitions: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(key, its schema, its default) of a section; a section that is always there stands here with its own keys."""
    for name, field in section["properties"].items():
        default = defaults.get(name, field.get("default")) if isinstance(defaults, dict) else field.get("default")
        if "$ref" in field:
            yield from _rows(f"{above}{name}.", definitions[_referred(field)], default, definitions)
        else:
            shown = "required" if name in section.get("required", ()) else _default(default)
            yield f"{above}{name}", field, shown


def _referred(field: dict[str, Any]) -> str:
    """The name of the section that a key holds: by itself, as the items of a list, or perhaps."""
    choices = [field, field.get("items", {}), *field.get("anyOf", ())]
    return next((one["$ref"].rpartition("/")[2] for one in choices if "$ref" in one), "")


def _default(value: Any) -> str:
    return "" if value in (None, [], {}) else f"`{json.dumps(value) if isinstance(value, list) else scalar(value)}`"


def _kind(field: dict[str, Any]) -> str:
    choices = [one for one in field.get("anyOf", ()) if one != _NULL]
    types = {field.get("type")} if isinstance(field.get("type"), str) else {*field.get("type", ())}
    if KIND in field:
        return re.sub(r"^an? ", "", str(field[KIND]))
    if "enum" in field:
        return ", ".join(f"`{one}`" for one in field["enum"] if one is not None)
    if "array" in types:
        return f"list of: {_kind(field['items'])}"
    if "integer" in types:
        return f"whole number, {field['minimum']} to {field['maximum']}"
    if "boolean" in types:
        return "`true`, `false`"
    if choices:
        return _kind(choices[0])
    return "section" if _referred(field) else "mapping" if "object" in types else "text"


@cache
def _examples() -> dict[str, str]:
    """Section -> its block of examples.yaml."""
    blocks = re.split(r"\n\n|(?<=configuration\.)\n", _EXAMPLES.read_text("utf-8").strip())
    return {block.partition(":")[0]: block for block in blocks if not block.startswith("#")}


def _one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """What stands below each field of a section: field -> text."""
    body = _classes(sys.modules[model.__module__])[model.__name__].body
    found: dict[str, str] = {}
    for before, after in pairwise(body):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            found[before.target.id] = inspect.cleandoc(ast.literal_eval(after.value))
    return found


@cache
def _classes(module: ModuleType) -> dict[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
