"""Whether every path that Flux builds does build, with kustomize's own words where one does not.

A kustomize process costs some 30 ms whatever it builds. So all paths of a cluster go through one process, as
resources of a kustomization in a temporary folder; only when that fails is each built alone, to know which it was.
"""

from __future__ import annotations

import json
import os
import posixpath
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

from generator.check.files import KUSTOMIZATION_NAMES
from generator.check.finding import Finding
from generator.check.manifests import FLUX_KUSTOMIZE_GROUP, is_own_source, path_of
from generator.check.objects import KustomizeFile, Repository
from generator.check.programs import find
from generator.errors import RaibidError

RULE: Final = "build"
# Fields of kustomization.yaml that leave each object as its file has it, but for its namespace.
_PLAIN: Final = frozenset({"apiVersion", "kind", "metadata", "namespace", "resources", "sortOptions"})
# Fields of a Flux Kustomization that Flux writes into the kustomization.yaml before it builds.
_FLUX_FIELDS: Final = ("commonMetadata", "components", "images", "namePrefix", "nameSuffix", "patches")


class BuildError(RaibidError):
    """A folder does not build; the message is kustomize's."""


class Target(NamedTuple):
    """A folder that Flux builds, relative to the repository.

    `subject` is the Flux Kustomization that asks for it, `path` and `line` say where; `fields` are its _FLUX_FIELDS.
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
    result = subprocess.run([find("kustomize"), "build", str(path)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise BuildError(_message(result.stderr))
    return result.stdout


def targets(repository: Repository) -> list[Target]:
    """Every folder of the cluster's own repository that Flux builds, each once for each set of changes to it.

    A folder that is not there is left to the lint rule on paths.
    """
    known = {posixpath.normpath(file.folder or "."): file for file in repository.kustomizations}
    found: dict[tuple[str, str], Target] = {}
    for manifest in repository.of("Kustomization"):
        folder = path_of(manifest.value)
        if (
            manifest.group != FLUX_KUSTOMIZE_GROUP
            or not is_own_source(manifest.value, manifest.namespace)
            or folder is None
            or not (repository.root / folder).is_dir()
        ):
            continue
        fields = {key: manifest.spec[key] for key in _FLUX_FIELDS if manifest.spec.get(key)}
        changes = bool(fields) or _changes(known, folder)
        line = manifest.mark(("spec", "path")).line
        target = Target(folder, manifest.path, line, manifest.subject, fields, changes)
        found.setdefault((folder, repr(fields)), target)
    root = repository.cluster.relative_to(repository.root).as_posix()
    if (file := known.get(root)) and all(folder != root for folder, _ in found):
        found[root, ""] = Target(root, file.path, 1, file.subject, {}, _changes(known, root))
    return list(found.values())


def _changes(known: dict[str, KustomizeFile], folder: str) -> bool:
    """Whether a kustomization.yaml that the build of `folder` comes to does more than list resources."""
    return any(set(known[each].value) - _PLAIN for each in _reached(known, folder))


def _reached(known: dict[str, KustomizeFile], folder: str) -> Iterator[str]:
    """The folders with a kustomization.yaml that the build of `folder` comes to."""
    waiting = [folder] if folder in known else [each for each in known if each.startswith(f"{folder}/")]
    seen: set[str] = set()
    while waiting:
        here = waiting.pop()
        if here in seen or here not in known:
            continue
        seen.add(here)
        yield here
        for key in ("resources", "components", "bases"):
            listed = known[here].value.get(key)
            if isinstance(listed, list):
                waiting += [posixpath.normpath(posixpath.join(here, str(item))) for item in listed]


class Builds:
    """The builds of one cluster, at work; started at once."""

    def __init__(self, root: Path, wanted: Iterable[Target]) -> None:
        """Raises OutsideError when kustomize is missing."""
        self._root = root
        self._program = str(find("kustomize"))
        self._scratch = tempfile.TemporaryDirectory(prefix="raibid-")
        self.scratch = Path(self._scratch.name).resolve()
        jobs = [(target, self._prepare(number, target)) for number, target in enumerate(wanted)]
        self._alone = [(target, folder) for target, folder in jobs if target.changes]
        self._joined = [(target, folder) for target, folder in jobs if not target.changes]
        self._process = self._start() if self._joined else None

    def finish(self) -> tuple[list[Finding], dict[str, Target]]:
        """What does not build; and for targets that change objects, the built files in `scratch`, by name."""
        jobs = list(self._alone)
        if self._process and self._process.wait():
            jobs += self._joined
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(self._build, [folder for _, folder in jobs]))
        findings, built = [], {}
        for number, ((target, folder), result) in enumerate(zip(jobs, results, strict=True)):
            if result.returncode:
                findings.append(self._finding(target, folder, result.stderr.decode(errors="replace")))
            elif target.changes:
                (self.scratch / f"{number}.yaml").write_bytes(result.stdout)
                built[f"{number}.yaml"] = target
        return findings, built

    def close(self) -> None:
        """Ends what still runs and removes the temporary folder."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._scratch.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        everything = self.scratch / "all"
        everything.mkdir()
        _write(everything, {"resources": [os.path.relpath(folder, everything) for _, folder in self._joined]})
        return subprocess.Popen(
            [self._program, "build", str(everything)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _build(self, folder: Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([self._program, "build", str(folder)], capture_output=True, check=False)

    def _finding(self, target: Target, folder: Path, errors: str) -> Finding:
        said = _message(errors).replace(str(folder), target.folder).replace(f"{self._root}/", "")
        return Finding(
            target.path,
            target.line,
            RULE,
            "error",
            target.subject,
            f"{target.folder} does not build, so Flux applies nothing of it: {said}",
            f"Correct what kustomize names; `kustomize build {target.folder}` shows it again.",
        )

    def _prepare(self, number: int, target: Target) -> Path:
        """The folder to build for a target: its own, or a temporary one with what Flux would generate."""
        folder = self._root / target.folder
        if not any((folder / name).is_file() for name in KUSTOMIZATION_NAMES):
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
