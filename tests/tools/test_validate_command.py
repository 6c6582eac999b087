"""The command `validate`: exit codes, formats, the text of a rule."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from generator.cli import cli
from generator.cli.validate import command
from generator.errors import ConfigError

FIXTURES = Path(__file__).parents[1] / "fixtures" / "validate"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_warnings_do_not_fail() -> None:
    result = run(FIXTURES / "valid" / "repository")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == (
        "10 files, 11 resources: 0 invalid, 0 skipped, 0 failed builds, 0 lint errors, 1 warning"
    )


def test_an_error_exits_with_1() -> None:
    result = run(FIXTURES / "invalid" / "wrong-type.yaml")
    assert result.exit_code == 1
    assert result.output.splitlines()[:2] == [
        (
            "wrong-type.yaml:13 error schema ConfigMap second: "
            'metadata.labels["app.kubernetes.io/version"]: got number, want string'
        ),
        "    mend: Put the number in quotes.",
    ]


def test_the_machine_formats_parse() -> None:
    path = FIXTURES / "invalid" / "wrong-type.yaml"
    assert json.loads(run(path, "--format", "json").output)["findings"][0]["line"] == 13
    assert ElementTree.fromstring(run(path, "--format", "junit").output).get("failures") == "1"  # noqa: S314
    assert run(path, "--format", "github").output.startswith("::error file=wrong-type.yaml,line=13,title=schema::")


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["validate", str(FIXTURES / "invalid" / "wrong-type.yaml")]
    assert "\033[" in CliRunner().invoke(cli, arguments, color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033[" not in CliRunner().invoke(cli, arguments, color=True).output


def test_explain_knows_every_rule_that_is_printed() -> None:
    for rule in ("schema", "build", "crd-missing"):
        assert run("--explain", rule).output.startswith(f"{rule} (")
    with pytest.raises(ConfigError, match="shema: there is no such lint rule"):
        run("--explain", "shema")


def test_a_missing_program_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from generator.errors import OutsideError

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutsideError) as caught:
        run(FIXTURES / "valid" / "repository")
    assert str(caught.value) == "kubeconform is not installed; run `raibid-gen tools install`"


def test_a_kubeconform_that_breaks_off_is_no_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from generator.errors import OutsideError

    broken = tmp_path / "kubeconform"
    broken.write_text("#!/bin/sh\necho out of memory >&2\nexit 2\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path(shutil.which('sh') or '').parent}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(OutsideError, match="kubeconform ended with 2 and said: out of memory"):
        run(FIXTURES / "invalid" / "wrong-type.yaml")
