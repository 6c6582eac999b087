"""What holds of every rendering, whatever the configuration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.config import Config
from generator.config.checks import cross_check
from generator.render import Rendering, render_cluster
from generator.yamlio import read_documents
from tests.strategies import HOSTILE, configurations, texts

NOWHERE = Path("/nonexistent")
SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
AGENT = "clusters/raibid-ci/apps/agents/default/agent.yaml"


def render(value: dict[str, Any]) -> Rendering:
    config = Config.model_validate(value)
    assert not [problem for problem in cross_check(config) if problem.severity == "error"]
    return render_cluster(config, NOWHERE)


def documents(rendering: Rendering) -> dict[str, list[Any]]:
    return {
        path: [document.value for document in read_documents(text.decode())]
        for path, text in rendering.files.items()
        if path.endswith(".yaml") and not path.endswith("gotk-components.yaml")
    }


def shape(value: object) -> object:
    """The structure of a document: keys, lengths and types, without the texts."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


@SLOW
@given(configurations())
def test_any_valid_configuration_renders_to_manifests(value: dict[str, Any]) -> None:
    for path, found in documents(render(value)).items():
        assert found, path
        for document in found:
            assert isinstance(document, dict), path
            assert "kind" in document or path.endswith((".sops.yaml", "workflows/cluster.yaml")), path


@SLOW
@given(configurations())
def test_rendering_twice_gives_the_same_bytes(value: dict[str, Any]) -> None:
    assert render(value) == render(value)


@SLOW
@given(configurations())
def test_files_end_in_one_newline_and_carry_no_trailing_blanks(value: dict[str, Any]) -> None:
    for path, text in render(value).files.items():
        assert text.endswith(b"\n"), path
        assert not text.endswith(b"\n\n"), path
        assert b" \n" not in text, path


def agent_environment(text: str) -> tuple[object, str]:
    rendering = render({"agents": [{"env": {"TEXT": text}}]})
    found = read_documents(rendering.files[AGENT].decode())
    variables = found[0].value["spec"]["template"]["spec"]["containers"][0]["env"]
    value: str = next(one["value"] for one in variables if one["name"] == "TEXT")
    return shape([document.value for document in found]), value


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_changes_the_structure_of_a_document(text: str) -> None:
    assert agent_environment(text) == (agent_environment("harmless")[0], text.replace("$(", "$$("))


@SLOW
@given(texts)
def test_any_text_arrives_as_it_is(text: str) -> None:
    assert agent_environment(text)[1] == text.replace("$(", "$$(")


@settings(max_examples=30)
@given(st.permutations(list(Config.model_fields)))
def test_the_order_of_keys_in_the_file_does_not_matter(order: list[str]) -> None:
    value: dict[str, Any] = {name: {} for name in order if name != "agents"}
    assert render(value) == render({})


STABLE = """
import hashlib, sys
from pathlib import Path
from generator.config import load_config
from generator.render import render_cluster
files = render_cluster(load_config(Path(sys.argv[1])).config, Path("/nonexistent")).files
print(hashlib.sha256(repr(files).encode()).hexdigest())
"""
SURROUNDINGS = [
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "4242"},
    {"LC_ALL": "C", "PYTHONUTF8": "0"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    {"TZ": "Pacific/Apia"},
]


def test_bytes_depend_on_nothing_around(tmp_path: Path) -> None:
    config = Path(__file__).parents[2] / "clusters/dgx-spark-ci/config.yaml"
    found = set()
    for surroundings in SURROUNDINGS:
        for folder in (tmp_path, Path("/")):
            command = [sys.executable, "-c", STABLE, str(config)]
            run = subprocess.run(
                command, cwd=folder, env={**os.environ, **surroundings}, capture_output=True, text=True, check=True
            )
            found.add(run.stdout)
    assert len(found) == 1


def test_the_order_in_which_folders_list_their_files_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render({})
    walk = os.walk

    def backwards(*arguments: Any, **options: Any) -> Any:
        return [(folder, folders[::-1], files[::-1]) for folder, folders, files in walk(*arguments, **options)][::-1]

    monkeypatch.setattr(os, "walk", backwards)
    assert render({}) == before
