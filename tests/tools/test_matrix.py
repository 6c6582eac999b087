"""Every configuration of the fixtures, and any other valid one, renders to a repository without a finding."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from generator.check.validate import validate
from generator.config import Config, load_config
from tests.strategies import configurations
from tests.support import write_cluster

VALID = sorted((Path(__file__).parents[1] / "fixtures/config/valid").glob("*.yaml"))


def errors_in(config: Config) -> list[str]:
    """What is wrong with the rendered repository, errors only."""
    with TemporaryDirectory() as name:
        root = Path(name)
        write_cluster(root, config)
        result = validate(root)
        assert result.skipped == 0
        assert result.resources > 50
        return [f"{one.path}:{one.line} {one.rule} {one.message}" for one in result.findings if one.severity == "error"]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_fixture_renders_to_a_valid_repository(path: Path) -> None:
    assert errors_in(load_config(path).config) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(configurations())
def test_any_valid_configuration_renders_to_a_valid_repository(value: dict[str, Any]) -> None:
    assert errors_in(Config.model_validate(value)) == []
