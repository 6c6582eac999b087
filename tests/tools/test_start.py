"""A repository as `init` begins it passes every check once it is rendered."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.check.validate import validate
from generator.cli import cli
from generator.config import Config
from generator.config.starter import starter_config
from generator.render.start import SCHEMA_PLACE, start_repository


@pytest.mark.parametrize(("arch", "profile"), [("arm64", "minimum"), ("amd64", "recommended")])
def test_a_new_repository_is_valid(tmp_path: Path, arch: str, profile: str) -> None:
    config = Config.model_validate({"cluster": {"name": "my-ci", "arch": arch, "profile": profile}})
    start_repository(tmp_path, config, starter_config(config, SCHEMA_PLACE).encode())
    written = str(tmp_path / "clusters/my-ci/config.yaml")
    rendered = CliRunner().invoke(cli, ["render", "-c", written, "-o", str(tmp_path)], catch_exceptions=False)
    assert rendered.exit_code == 0, rendered.output
    result = validate(tmp_path)
    assert (result.findings, result.invalid, result.skipped) == ([], 0, 0)
