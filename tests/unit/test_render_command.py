"""`raibid-gen render` as a person uses it: what it prints, writes and exits with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import build_file_tree

CONFIG = "clusters/ci/config.yaml"
SERVICE = "clusters/ci/apps/api/service.yaml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    build_file_tree(tmp_path, {CONFIG: "cluster: {name: ci}\n"})
    return tmp_path


def render(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from generator.cli import main; main()", "render", *arguments]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)


def test_every_file_is_reported_with_a_total(repository: Path) -> None:
    run = render(repository)
    assert run.returncode == 0
    assert f"created   {SERVICE}\n" in run.stdout
    assert run.stdout.endswith("files: 49 created, 0 changed, 0 unchanged, 0 removed, 0 kept\n")


def test_a_second_run_changes_nothing(repository: Path) -> None:
    render(repository)
    run = render(repository)
    assert run.stdout == "49 files: 0 created, 0 changed, 49 unchanged, 0 removed, 0 kept\n"


def test_check_is_silent_about_a_tree_that_is_as_rendered(repository: Path) -> None:
    render(repository)
    assert render(repository, "--check").returncode == 0


def test_check_names_what_differs_and_writes_nothing(repository: Path) -> None:
    render(repository)
    build_file_tree(repository, {CONFIG: "cluster: {name: ci}\nagents: [{max: 9}]\n"})
    run = render(repository, "--check")
    assert run.returncode == 1
    assert "changed   clusters/ci/apps/agents/default/scaling.yaml\n" in run.stdout
    assert "run `raibid-gen render`" in run.stderr
    assert "maxReplicaCount: 9" not in (repository / "clusters/ci/apps/agents/default/scaling.yaml").read_text()


def test_a_file_edited_by_hand_is_kept_and_named(repository: Path) -> None:
    render(repository)
    (repository / SERVICE).write_text("mine: true\n")
    run = render(repository)
    assert run.returncode == 3
    assert f"kept      {SERVICE} (edited by hand)\n" in run.stdout
    assert "overwrite the files with `render --force`" in run.stderr
    assert (repository / SERVICE).read_text() == "mine: true\n"


def test_force_takes_a_file_back(repository: Path) -> None:
    render(repository)
    (repository / SERVICE).write_text("mine: true\n")
    assert render(repository, "--force").returncode == 0
    assert "kind: Service" in (repository / SERVICE).read_text()


def test_a_pool_that_is_taken_out_is_removed(repository: Path) -> None:
    build_file_tree(repository, {CONFIG: "cluster: {name: ci}\nagents: [{name: a}, {name: b}]\n"})
    render(repository)
    build_file_tree(repository, {CONFIG: "cluster: {name: ci}\nagents: [{name: a}]\n"})
    run = render(repository)
    assert "removed   clusters/ci/apps/agents/b/agent.yaml\n" in run.stdout
    assert not (repository / "clusters/ci/apps/agents/b").exists()


def test_two_clusters_share_a_repository(repository: Path) -> None:
    build_file_tree(repository, {"clusters/lab/config.yaml": "cluster: {name: lab}\n"})
    for name in ("ci", "lab", "ci"):
        assert render(repository, "-c", f"clusters/{name}/config.yaml").returncode == 0
    run = render(repository, "--check", "-c", "clusters/lab/config.yaml")
    assert run.returncode == 0


def test_with_several_clusters_one_has_to_be_named(repository: Path) -> None:
    build_file_tree(repository, {"clusters/lab/config.yaml": "cluster: {name: lab}\n"})
    run = render(repository)
    assert run.returncode == 2
    assert "several clusters are here: clusters/ci/config.yaml, clusters/lab/config.yaml" in run.stderr


def test_a_wrong_configuration_is_told_without_a_traceback(repository: Path) -> None:
    build_file_tree(repository, {CONFIG: "cluster: {nam: ci}\n"})
    run = render(repository)
    assert run.returncode == 2
    assert f"{CONFIG}:1:11 cluster.nam: unknown key; did you mean name?" in run.stderr
    assert "Traceback" not in run.stderr


def test_stdout_prints_one_component_and_writes_nothing(repository: Path) -> None:
    run = render(repository, "--stdout", "--only", "redis")
    assert run.returncode == 0
    assert run.stdout.count("kind: HelmRelease") == 1
    assert "kind: ScaledObject" not in run.stdout
    assert not (repository / "clusters/ci/redis.yaml").exists()


def test_an_unknown_component_is_refused_with_a_suggestion(repository: Path) -> None:
    run = render(repository, "--stdout", "--only", "reddis")
    assert run.returncode == 2
    assert "--only reddis: no such component; did you mean redis?" in run.stderr


def test_only_goes_with_stdout(repository: Path) -> None:
    run = render(repository, "--only", "redis")
    assert run.returncode == 2
    assert "--only goes with --stdout" in run.stderr


def test_output_names_another_repository(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    run = render(repository, "-o", str(target), "-c", CONFIG)
    assert run.returncode == 0
    assert (target / SERVICE).is_file()


@pytest.mark.parametrize("options", [["--check", "--stdout"], ["--check", "--force"], ["--stdout", "--force"]])
def test_what_excludes_each_other_is_refused(repository: Path, options: list[str]) -> None:
    run = render(repository, *options)
    assert run.returncode == 2
    assert run.stderr == "error: --check, --stdout and --force exclude each other\n"


def test_check_says_how_to_go_on_with_a_file_edited_by_hand(repository: Path) -> None:
    render(repository)
    (repository / SERVICE).write_text("mine: true\n")
    run = render(repository, "--check")
    assert run.returncode == 1
    assert "or overwrite the files with `raibid-gen render --force`" in run.stderr


def test_the_clusters_readme_shows_code_as_code(repository: Path) -> None:
    render(repository)
    text = (repository / "clusters/ci/README.md").read_text()
    assert "| redis | `valkey 0." in text
    assert "\\`" not in text
