"""The builder of the test cluster's programs, with a script in place of Go."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from generator.errors import OutsideError
from tests.cluster.build import cache, debian, programs
from tests.cluster.build import compile as builder
from tests.cluster.build.programs import PROGRAMS, Program

GO = """#!/bin/sh
case "$1 $2" in
    "env "*) echo go1.99.0; echo linux; echo amd64 ;;
    "mod download") printf '{"Dir": "%s"}' "$MODULE" ;;
    "mod edit") echo '{}' ;;
    build*)
        [ -e "$BROKEN" ] && { echo "dial tcp: no route to host" >&2; exit 1; }
        while [ "$1" != -o ]; do shift; done
        echo "$3" > "$2" ;;
esac
"""
ONE, TWO = (Program(name, "example.org/m", "v1.0.0", f"cmd/{name}") for name in ("one", "two"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, a table of two programs, and a Go that fails while the file `broken` is there."""
    for path, text in {"bin/go": GO, "module/go.mod": "module m\n", "module/go.sum": ""}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "bin/go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("MODULE", str(tmp_path / "module"))
    monkeypatch.setenv("BROKEN", str(tmp_path / "broken"))
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(builder, "PROGRAMS", {"one": ONE, "two": TWO})
    return tmp_path


def test_programs_are_built_once_and_linked_by_name(folder: Path) -> None:
    lines: list[str] = []
    bin_folder = builder.build_programs(lines.append)
    assert {path.name: path.read_text() for path in bin_folder.iterdir()} == {
        "one": "example.org/m/cmd/one\n",
        "two": "example.org/m/cmd/two\n",
    }
    assert builder.program("two").samefile(bin_folder / "two")
    assert lines[1] == "[ 1/2] one v1.0.0: building ..."
    assert lines[2].startswith("[ 1/2] one v1.0.0: built in ")
    lines.clear()
    assert builder.build_programs(lines.append) == bin_folder
    assert lines == ["programs: all 2 are built already"]


def test_a_failed_build_says_what_go_said_and_the_next_goes_on(folder: Path) -> None:
    def fail_after_the_first(line: str) -> None:
        lines.append(line)
        if "one v1.0.0: built" in line:
            (folder / "broken").touch()

    lines: list[str] = []
    with pytest.raises(OutsideError) as caught:
        builder.build_programs(fail_after_the_first)
    assert str(caught.value) == (
        "two v1.0.0 could not be built with go1.99.0; Go says:\n  dial tcp: no route to host\n"
        "mend what it names (a network, GOPROXY, a full disk) and run it again"
    )
    (folder / "broken").unlink()
    lines.clear()
    builder.build_programs(lines.append)
    assert [line for line in lines if line.endswith("building ...")] == ["[ 2/2] two v1.0.0: building ..."]
    assert not (cache.CACHE / ".programs").exists()


def test_a_program_that_is_not_built_is_told(folder: Path) -> None:
    with pytest.raises(OutsideError, match=r"^one is not built yet; run `python -m tests\.cluster build`$"):
        builder.program("one")


def test_the_key_changes_with_the_row_and_with_our_source(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ONE._replace(tags=("x",)).key != ONE.key
    monkeypatch.setattr(programs, "__file__", str(folder / "programs.py"))
    source = folder / "pause/main.go"
    source.parent.mkdir()
    source.write_text("package main")
    before = PROGRAMS["pause"].key
    source.write_text("package main // changed")
    assert PROGRAMS["pause"].key != before


def test_the_stand_in_drops_local_replaces_and_names_siblings() -> None:
    program = Program("p", "example.org/m", "v1.2.3", siblings="v0.2.3", replaces=("a=b@v1.0.0",))
    described = {
        "Replace": [
            {"Old": {"Path": "example.org/m/api"}, "New": {"Path": "./api"}},
            {"Old": {"Path": "example.org/n", "Version": "v1.1.0"}, "New": {"Path": "../n"}},
            {"Old": {"Path": "yaml"}, "New": {"Path": "yaml", "Version": "v3.0.1"}},
        ],
        "Require": [{"Path": "k8s.io/api", "Version": "v0.0.0"}, {"Path": "other", "Version": "v1.0.0"}],
    }
    assert list(builder._edits(program, described)) == [
        "-module=cluster/stand-in",
        "-dropreplace=example.org/m/api",
        "-dropreplace=example.org/n@v1.1.0",
        "-replace=k8s.io/api=k8s.io/api@v0.2.3",
        "-replace=a=b@v1.0.0",
        "-require=example.org/m@v1.2.3",
    ]


def test_what_a_killed_build_left_is_cleared_once_its_children_have_ended(folder: Path) -> None:
    script = (
        "import subprocess, sys, pathlib; from tests.cluster.build import cache\n"
        "cache.CACHE = pathlib.Path(sys.argv[1])\n"
        "with cache.workshop('programs', print) as shop:\n"
        "    (shop.folder / 'half').touch()\n"
        "    child = subprocess.Popen(['sleep', '0.5'], pass_fds=(shop.lock,))\n"
        "    print('ready', flush=True)\n"
        "    child.wait(); import time; time.sleep(60)\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", script, str(cache.CACHE)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "ready\n"
        killed.send_signal(signal.SIGKILL)
    lines: list[str] = []
    with cache.workshop("programs", lines.append) as shop:
        assert list(shop.folder.iterdir()) == []
    assert lines == [f"programs: waiting for another build in {cache.CACHE} ..."]
    assert not shop.folder.exists()


def test_a_system_without_apt_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OutsideError, match=r"this system has no apt-get; .* packages ca-certificates conntrack"):
        debian.install_host_packages(lambda line: None)
