"""Whatever the text, a configuration loads or is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.config import parse_config
from generator.config.model import Config
from generator.errors import ConfigError
from tests.strategies import HOSTILE, configurations, texts

PATH = Path("config.yaml")
MANY = settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])

SECTIONS = list(Config.model_fields)
PIECES = [*SECTIONS, *HOSTILE, "name", "version", "url", "resources", "cpu", "env", "max", "config", "mirrors"]
PIECES += [": ", "\n", "\n  ", "\n    - ", "- ", "[", "]", "{", "}", ",", "&a ", "*a", "<<: ", "? ", "'", '"', "|", "#"]
PIECES += ["1", "2.10", ".inf", ".nan", "1e400", "9" * 5000, "true", "no", "null", "!!int ", "!x ", "---\n", "...\n"]
yaml_like = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    texts,
    st.sampled_from(["4Gi", "1h", "v2.9.5", "12.7.0", "http://a.b"]),
)
names = st.one_of(st.sampled_from(PIECES), st.text(max_size=10))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


def loads_or_is_refused(text: str) -> None:
    try:
        loaded = parse_config(text, PATH)
    except ConfigError as error:
        lines = str(error).split("\n")
        assert all(line.startswith(("config.yaml:", "... and ")) for line in lines)
        assert all(len(line) < 600 for line in lines)
    else:
        assert isinstance(loaded.config, Config)


@MANY
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    loads_or_is_refused(text)


@MANY
@given(yaml_like)
def test_text_that_is_nearly_yaml(text: str) -> None:
    loads_or_is_refused(text)


@MANY
@given(st.dictionaries(st.sampled_from(SECTIONS), values, max_size=4))
def test_any_structure(value: dict[str, Any]) -> None:
    loads_or_is_refused(json.dumps(value))


@MANY
@given(st.data())
def test_any_value_in_any_key(data: st.DataObject) -> None:
    section = data.draw(st.sampled_from(SECTIONS))
    schema = Config.model_json_schema()["$defs"]
    keys = sorted({key for definition in schema.values() for key in definition["properties"]})
    inner = data.draw(st.dictionaries(st.sampled_from(keys), values, max_size=4))
    loads_or_is_refused(json.dumps({section: [inner] if section == "agents" else inner}))


@MANY
@given(configurations(), st.data())
def test_a_valid_configuration_with_one_value_exchanged(value: dict[str, Any], data: st.DataObject) -> None:
    section = data.draw(st.sampled_from(sorted(value)))
    place = value[section] if isinstance(value[section], dict) else (value[section] or [{}])[0]
    place[data.draw(st.sampled_from(sorted(place) or ["name"]))] = data.draw(values)
    loads_or_is_refused(json.dumps(value))
