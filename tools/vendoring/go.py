"""Go modules and programs built from them. Everything here needs `go` and the network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple


class Module(NamedTuple):
    """A Go module at a version."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"{self.path}@{self.version}"


class Program(NamedTuple):
    """A program of a Go module. `package` is relative to the module, empty for its root.

    `newer` are modules that it needs in a later version than it names, to build with today's Go.
    """

    module: Module
    package: str = ""
    newer: tuple[Module, ...] = ()


def controller_gen(version: str, *newer: Module) -> Program:
    """The generator of custom resource definitions."""
    return Program(Module("sigs.k8s.io/controller-tools", version), "/cmd/controller-gen", newer)


KUSTOMIZE: Final = Program(Module("sigs.k8s.io/kustomize/kustomize/v5", "v5.8.1"))


class UnknownLicenceError(Exception):
    """A module whose licence is not one that we know how to pass on."""


@cache
def download(module: Module) -> Path:
    """Where the module's files lie, read-only."""
    return Path(_downloaded(module)["Dir"])


def checksum(module: Module) -> str:
    """The module's hash as go.sum writes it (`h1:...`), which Go has checked against the checksum database."""
    return str(_downloaded(module)["Sum"])


@cache
def _downloaded(module: Module) -> dict[str, Any]:
    result = _run(["go", "mod", "download", "-json", str(module)], Path("/"))
    return dict(json.loads(result))


def licence(module: Module) -> str:
    """SPDX identifier of the module's licence. Raises UnknownLicenceError."""
    text = (download(module) / "LICENSE").read_text(encoding="utf-8")
    if "Apache License" in text and "Version 2.0, January 2004" in text:
        return "Apache-2.0"
    raise UnknownLicenceError(f"{module}: read its LICENSE and record it in tools/vendoring/go.py")


def copy_folder(module: Module, folder: str, target: Path) -> None:
    """A writable copy of a folder of the module (`.` for all of it) at `target`."""
    shutil.copytree(download(module) / folder, target, copy_function=shutil.copyfile)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


class Programs:
    """The programs that compose data, built into a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def definitions(self, generator: Program, package: Path, target: Path) -> None:
        """Lets a controller-gen write the definitions of the API types in the Go module at `package` to `target`."""
        arguments = ["crd:crdVersions=v1", "paths=./...", f"output:crd:artifacts:config={target}"]
        _run([self._built(generator), *arguments], package)

    def kustomize(self, folder: Path) -> str:
        """What `kustomize build` makes of a folder."""
        return _run([self._built(KUSTOMIZE), "build", str(folder)], folder)

    def _built(self, program: Program) -> str:
        folder = self._folder / str(program.module).replace("/", "_")
        package = f"{program.module.path}{program.package}"
        if not folder.exists():
            folder.mkdir()
            if program.newer:
                _run(["go", "mod", "init", "build"], folder)
                _run(["go", "get", f"{package}@{program.module.version}", *map(str, program.newer)], folder)
                _run(["go", "build", "-o", f"{folder}/", package], folder)
            else:
                _run(["go", "install", f"{package}@{program.module.version}"], folder, {"GOBIN": str(folder)})
        return str(next(path for path in folder.iterdir() if path.suffix not in (".mod", ".sum")))


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **(environment or {})}, check=True, text=True, stdout=subprocess.PIPE
    ).stdout
