"""Whether every path that Flux builds does build, with kustomize's own words where one does not.

A kustomize process costs some 20 ms whatever it builds. So the paths that only list files go through one process, as
resources of a kustomization in a temporary folder; only when that fails is each built alone, to know which it was.
"""

from __future__ import annotations

import json
import os
import posixpath
import shutil
import subprocess
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

from generator.check.finding import Finding
from generator.check.programs import environment, find
from generator.check.repository.paths import KUSTOMIZATION_NAMES, has_kustomization
from generator.errors import RaibidError

RULE: Final = "build"
# Fields of a Flux Kustomization that Flux writes into the kustomization.yaml before it builds.
FLUX_FIELDS: Final = ("commonMetadata", "components", "images", "namePrefix", "nameSuffix", "patches")


class BuildError(RaibidError):
    """A folder does not build; the message is kustomize's."""


class Target(NamedTuple):
    """A folder that Flux builds, relative to the repository.

    `subject` is the Flux Kustomization that asks for it, `path` and `line` say where; `fields` are its FLUX_FIELDS.
    `changes` says whether objects come out other than they stand in the files.
    """

    folder: str
    path: str
    line: int
    subject: str
    fields: dict[str, Any]
    changes: bool


def build(path: Path) -> str:
    """What `kustomize build` makes of a folder. Raises OutsideError without kustomize, else BuildError."""
    command = [str(find("kustomize")), "build", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if result.returncode:
        raise BuildError(_message(result.stderr))
    return result.stdout


class Builds:
    """The builds of one cluster, at work in the background."""

    def __init__(self, root: Path, cluster: Path) -> None:
        """Starts with the cluster's own folder: Flux nearly always builds it, and it takes longest.

        Raises OutsideError when kustomize is missing.
        """
        self._root = root
        self._program = str(find("kustomize"))
        self._scratch = tempfile.TemporaryDirectory(prefix="raibid-")
        self.scratch = Path(self._scratch.name).resolve()
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self._results: dict[Path, Future[subprocess.CompletedProcess[bytes]]] = {}
        self._jobs: list[tuple[Target, Path]] = []
        self._all: Path | None = None
        if has_kustomization(cluster):
            self._start(cluster)

    def add(self, wanted: list[Target]) -> None:
        """Starts the builds of `wanted`. Those that change nothing go together as one, unless already begun."""
        self._jobs = [(target, self._prepare(number, target)) for number, target in enumerate(wanted)]
        joined = []
        for target, folder in self._jobs:
            if target.changes:
                self._start(folder)
            elif folder not in self._results:
                joined.append(folder)
        if joined:
            self._all = self.scratch / "all"
            self._all.mkdir()
            _write(self._all, {"resources": [os.path.relpath(folder, self._all) for folder in joined]})
            self._start(self._all)

    def finish(self) -> tuple[list[Finding], dict[str, Target]]:
        """What does not build; and for targets that change objects, the built files in `scratch`, by name."""
        together = self._all is None or self._start(self._all).result().returncode == 0
        jobs = [job for job in self._jobs if not together or job[1] in self._results]
        for _, folder in jobs:
            self._start(folder)
        findings, built = [], {}
        for number, (target, folder) in enumerate(jobs):
            result = self._start(folder).result()
            if result.returncode:
                findings.append(self._finding(target, folder, result.stderr.decode(errors="replace")))
            elif target.changes:
                (self.scratch / f"{number}.yaml").write_bytes(result.stdout)
                built[f"{number}.yaml"] = target
        return findings, built

    def close(self) -> None:
        """Waits for what still runs and removes the temporary folder."""
        self._pool.shutdown(cancel_futures=True)
        self._scratch.cleanup()

    def _start(self, folder: Path) -> Future[subprocess.CompletedProcess[bytes]]:
        if folder not in self._results:
            command = [self._program, "build", str(folder)]
            self._results[folder] = self._pool.submit(subprocess.run, command, capture_output=True, env=environment())
        return self._results[folder]

    def _finding(self, target: Target, folder: Path, errors: str) -> Finding:
        same = folder == self._root / target.folder
        again = f"; `kustomize build {target.folder}` shows it again" if same else ""
        said = _message(errors).replace(str(folder), target.folder).replace(f"{self._root}/", "")
        return Finding(
            target.path,
            target.line,
            RULE,
            "error",
            target.subject,
            f"{target.folder} does not build, so Flux applies nothing of it: {said}",
            f"Correct what kustomize names{again}.",
        )

    def _prepare(self, number: int, target: Target) -> Path:
        """The folder to build for a target: its own, or a temporary one with what Flux would generate."""
        folder = self._root / target.folder
        if not has_kustomization(folder):
            folder = self._generate(self.scratch / f"{number}-generated", folder)
        if not target.fields:
            return folder
        wrapper = self.scratch / f"{number}-patched"
        wrapper.mkdir()
        _write(wrapper, _as_flux(target.fields, os.path.relpath(folder, wrapper)))
        return wrapper

    def _generate(self, copy: Path, folder: Path) -> Path:
        """As Flux does where there is no kustomization.yaml: all YAML files, and folders that have one.

        The files are copied, because kustomize reads none outside the kustomization's folder.
        """
        resources = []
        copy.mkdir()
        for here, folders, names in os.walk(folder):
            if here != str(folder) and any(name in names for name in KUSTOMIZATION_NAMES):
                resources.append(os.path.relpath(here, copy))
                folders.clear()
                continue
            folders.sort()
            for name in sorted(names):
                if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                    relative = (Path(here) / name).relative_to(folder)
                    (copy / relative.parent).mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(folder / relative, copy / relative)
                    resources.append(relative.as_posix())
        _write(copy, {"resources": resources})
        return copy


def _as_flux(fields: dict[str, Any], folder: str) -> dict[str, Any]:
    """A kustomization that has the effect of a Flux Kustomization's own fields on `folder`."""
    made = {key: value for key, value in fields.items() if key not in ("commonMetadata", "components")}
    made["resources"] = [folder]
    made["components"] = [posixpath.join(folder, str(item)) for item in fields.get("components", ())]
    metadata = fields.get("commonMetadata", {})
    if metadata.get("labels"):
        made["labels"] = [{"pairs": metadata["labels"]}]
    if metadata.get("annotations"):
        made["commonAnnotations"] = metadata["annotations"]
    return made


def _write(folder: Path, kustomization: dict[str, Any]) -> None:
    (folder / KUSTOMIZATION_NAMES[0]).write_text(json.dumps(kustomization), "utf-8")


def _message(errors: str) -> str:
    """kustomize's error without its prefix and without warnings before it, on one line."""
    return " ".join(errors.rpartition("Error: ")[2].split()) or "kustomize gives no reason"
