"""What every command has alike: how it ends, its colours, and which repository it works on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generator.cli import COMMANDS
from tests.support import build_file_tree

CONFIG = "clusters/ci/config.yaml"
MAIN = [sys.executable, "-c", "from generator.cli import main; main()"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    build_file_tree(tmp_path, {CONFIG: "cluster: {name: ci}\n"})
    return tmp_path


def run(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(folder), **options.pop("env", {})}
    return subprocess.run(
        [*MAIN, *arguments], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, check=False,
        **{"stdout": subprocess.PIPE, **options},
    )  # fmt: skip


def test_each_command_says_what_it_does_on_one_whole_line(tmp_path: Path) -> None:
    listed = run(tmp_path, "--help", env={"COLUMNS": "80"}).stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in listed.splitlines()] == list(COMMANDS)
    assert "..." not in listed


def test_a_reader_who_leaves_is_no_finding(repository: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = run(repository, "render", "--stdout", stdout=writing)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("arguments", [["schema"], ["render"]])
def test_output_that_cannot_be_written_is_told(repository: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = run(repository, *arguments, stdout=full)
    assert (ended.returncode, ended.stderr) == (4, "error: the system says: No space left on device\n")


def test_an_interrupt_is_no_finding(repository: Path) -> None:
    os.mkfifo(repository / "pipe")
    command = [*MAIN, "render", "-c", "pipe"]
    # open() returns once render has opened the other end.
    with (
        subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True) as process,
        (repository / "pipe").open("w"),
    ):
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert (process.returncode, told.strip()) == (130, "Stopped.")


def test_no_color_holds_for_files_and_errors() -> None:
    # Click colours what it believes to be a terminal; its own switch for that is easier to have than a terminal.
    code = (
        "import click, sys; from generator import cli\n"
        "click.utils.should_strip_ansi = lambda stream, color: color is False\n"
        "cli.main(['render', '-c', 'missing.yaml'])"
    )
    for value, expected in (("1", "error: missing"), ("", "\x1b[31m\x1b[1merror: \x1b[0mmissing")):
        environment = {**os.environ, "NO_COLOR": value}
        ended = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )
        assert ended.stderr.startswith(expected)


def test_in_a_clusters_folder_the_repository_around_it_is_meant(repository: Path) -> None:
    build_file_tree(repository, {"clusters/lab/config.yaml": "cluster: {name: lab}\n"})
    assert run(repository / "clusters/ci", "render").returncode == 0
    assert (repository / "clusters/ci/raibid.lock").is_file()
    assert not (repository / "clusters/ci/clusters").exists()
    assert run(repository / "clusters/ci", "diff").returncode == 0
    assert run(repository / "clusters/ci", "render", "--check", "-c", "config.yaml").returncode == 0


@pytest.mark.parametrize("command", ["render", "diff"])
def test_a_configuration_in_another_clusters_folder_is_refused(repository: Path, command: str) -> None:
    build_file_tree(repository, {CONFIG: "cluster: {name: lab}\n"})
    ended = run(repository, command)
    assert ended.returncode == 2
    assert ended.stderr == (
        f"error: {CONFIG}: cluster.name is lab, and the folder is clusters/ci; they have to agree. Call it ci again, "
        "or rename the folder (`git mv clusters/ci clusters/lab`) and run `raibid-gen render --force`\n"
    )
    assert not (repository / "clusters/lab").exists()


def test_a_renamed_cluster_is_rendered_in_its_renamed_folder(repository: Path) -> None:
    run(repository, "render")
    (repository / "clusters/ci").rename(repository / "clusters/lab")
    build_file_tree(repository, {"clusters/lab/config.yaml": "cluster: {name: lab}\n"})
    assert run(repository, "render", "--force").returncode == 0
    assert run(repository, "render", "--check").returncode == 0


def test_init_copies_a_configuration_from_a_pipe(tmp_path: Path) -> None:
    ended = run(tmp_path, "init", "--from", "/dev/stdin", input="cluster: {name: ci}  # mine\n")
    assert ended.returncode == 0
    assert (tmp_path / "ci" / CONFIG).read_text() == "cluster: {name: ci}  # mine\n"
