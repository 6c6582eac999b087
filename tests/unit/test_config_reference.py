"""The JSON Schema and the Markdown reference: complete, in step with docs/, and of one mind with the loader."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from generator.cli import main
from generator.config import load_config
from generator.config.model import Config
from generator.config.reference import field_docs, json_schema, json_text, markdown
from generator.yamlio import read_documents
from tests.strategies import configurations

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/config"
SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)

# Faults of one key that JSON Schema has no words for: sums of units, ports inside a text, a line end before `$`,
# and infinity, which JSON does not have.
BEYOND_SCHEMA = {
    "cpu-infinite",
    "duration-long",
    "duration-short",
    "k3s-config-infinite",
    "name-newline",
    "url-port",
    "url-port-zero",
}
OF_THE_TEXT = ("yaml-", "utf-16", "latin-1")


def fixture(path: Path) -> Any:
    documents = read_documents(path.read_bytes().decode("utf-8-sig"))
    return documents[0].value if documents else None


def invalid(*, between_keys: bool) -> list[Path]:
    paths = [path for path in sorted(FIXTURES.glob("invalid/*.yaml")) if not path.name.startswith(OF_THE_TEXT)]
    return [path for path in paths if path.name.startswith("check-") == between_keys]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("valid/*.yaml")), ids=lambda path: path.stem)
def test_the_schema_accepts_what_loads(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(fixture(path))] == []


@pytest.mark.parametrize("path", invalid(between_keys=False), ids=lambda path: path.stem)
def test_the_schema_refuses_a_fault_of_one_key(path: Path) -> None:
    assert VALIDATOR.is_valid(fixture(path)) == (path.stem in BEYOND_SCHEMA)


@pytest.mark.parametrize("path", invalid(between_keys=True), ids=lambda path: path.stem)
def test_the_schema_does_not_judge_between_keys(path: Path) -> None:
    assert VALIDATOR.is_valid(fixture(path))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(configurations())
def test_the_schema_accepts_any_valid_configuration(value: dict[str, Any]) -> None:
    VALIDATOR.validate(value)


def test_every_default_of_the_schema_is_valid() -> None:
    for name, definition in SCHEMA["$defs"].items():
        for key, field in definition["properties"].items():
            if "default" in field:
                validator = VALIDATOR.evolve(schema={**field, "$defs": SCHEMA["$defs"]})
                assert validator.is_valid(field["default"]), f"{name}.{key}"


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, definition in [("Config", SCHEMA), *SCHEMA["$defs"].items()]:
        for key, field in definition["properties"].items():
            yield f"{name}.{key}", field


def test_every_key_is_described() -> None:
    assert [name for name, field in fields() if not field.get("description", "").endswith(".")] == []


def test_unknown_keys_are_refused_everywhere() -> None:
    assert all(definition["additionalProperties"] is False for definition in [SCHEMA, *SCHEMA["$defs"].values()])


def test_titles_are_dropped_and_no_notes_are_left() -> None:
    assert SCHEMA["title"] == "raibid-gen: config.yaml"
    assert json_text().count('"title": ') == 1
    assert "$comment" not in json_text()


def test_descriptions_are_the_docstrings_of_the_fields() -> None:
    assert field_docs(Config)["redis"] == "Job queue: Redis Streams, served by Valkey."
    assert SCHEMA["properties"]["redis"]["description"] == field_docs(Config)["redis"]


@pytest.mark.parametrize(("name", "text"), [("config.md", markdown()), ("config.schema.json", json_text())])
def test_docs_are_in_step(name: str, text: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == text, "run `make docs`"


def test_the_examples_are_one_valid_configuration() -> None:
    loaded = load_config(ROOT / "generator/config/examples.yaml")
    assert loaded.config.model_fields_set == set(Config.model_fields)


def test_every_section_has_a_heading_and_an_example() -> None:
    text = markdown()
    for name in Config.model_fields:
        assert f"\n## {name}\n" in text
        assert f"```yaml\n{name}:" in text


@pytest.mark.parametrize(("arguments", "text"), [([], json_text()), (["--format", "markdown"], markdown())])
def test_the_command(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["schema", *arguments])
    assert left.value.code == 0
    assert capsys.readouterr().out == text


def test_tools_docs_writes_these_files() -> None:
    written = runpy.run_path(str(ROOT / "tools/docs.py"))["references"]()
    assert written["config.md"] == markdown()
    assert json.loads(written["config.schema.json"]) == SCHEMA
    assert set(written) == {"config.md", "config.schema.json", "lint.md"}
