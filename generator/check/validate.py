"""`raibid-gen validate`: kubeconform, kustomize and the lint rules over a repository, a cluster or some files.

kubeconform begins first; Python reads and lints the same files while it works, and kustomize builds beside both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generator.check.build.kustomize import Builds
from generator.check.finding import Finding
from generator.check.repository.scope import Scope, scopes
from generator.check.schema.kubeconform import RULE, Outcome, Run, Verdict
from generator.check.schema.schemas import describe, locations, read_versions
from generator.contract import LOCK_FILE, PROGRAM
from generator.errors import ConfigError

if TYPE_CHECKING:
    from generator.check.repository.objects import Repository
    from generator.check.schema.findings import Translator

# What a document may begin or end with and kubeconform then passes over.
_HIDDEN: Final = re.compile(rb"^(?:---[ \t]+[^#\s]|\.\.\.)", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """What was looked at and what is wrong with it.

    `files` has the number of resources of each file, by path relative to `root`. `invalid` and `skipped` count
    resources. `notes` are facts for people that are no findings.
    """

    root: Path
    files: dict[str, int]
    invalid: int
    skipped: int
    findings: list[Finding]
    notes: list[str] = field(default_factory=list)

    @property
    def resources(self) -> int:
        """How many Kubernetes objects were looked at."""
        return sum(self.files.values())

    @property
    def errors(self) -> list[Finding]:
        """The findings that make validation fail."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """The findings that do not."""
        return [finding for finding in self.findings if finding.severity == "warning"]


def validate(path: Path) -> Result:
    """Checks a repository (each cluster in it), one cluster's folder, or manifests in a file or folder of their own.

    Of a file, or of a folder inside a cluster, only the schemas are checked: the rest needs the whole cluster.
    Raises ConfigError when there is no manifest at all, OutsideError when a program is missing.
    """
    with ExitStack() as stack:
        checks = [_Check(scope, stack) for scope in scopes(path.resolve())]
        runs: dict[tuple[str, ...], list[_Check]] = {}
        for check in checks:
            runs.setdefault(check.locations, []).append(check)
        for schemas, together in runs.items():
            paths = [path for check in together for path in check.readable]
            run = Run(together[0].scope.root, paths, schemas)
            stack.callback(run.stop)
            for check in together:
                check.run = run
        for check in checks:
            check.read()
        result = _join([check.finish() for check in checks])
    if not result.resources and not result.findings:
        raise ConfigError(f"{path}: no manifest found, its YAML files are empty; `{PROGRAM} render` writes them")
    return result


class _Check:
    """The checks of one scope. `run` is kubeconform at work on its files, perhaps with those of other clusters."""

    run: Run

    def __init__(self, scope: Scope, stack: ExitStack) -> None:
        self.scope = scope
        self._stack = stack
        self._versions = read_versions(scope.cluster)
        self.locations = tuple(locations(self._versions, scope.cluster))
        self.readable = [path for path in scope.paths if _can_read(scope.root / path)]
        self._repository: Repository | None = None
        self._builds: Builds | None = None
        self._findings = [_unreadable(path) for path in set(scope.paths).difference(self.readable)]

    def read(self) -> None:
        """Starts the builds and runs the lint rules."""
        if not self.scope.whole:
            return
        self._builds = Builds(self.scope.root, self.scope.cluster)
        self._stack.callback(self._builds.close)
        # Loaded here and not above: the programs are at work meanwhile.
        from generator.check.build.targets import targets
        from generator.check.lint import lint_repository
        from generator.check.repository.manifests import load_repository

        self._repository = load_repository(self.scope.root, self.scope.cluster)
        self._builds.add(targets(self._repository))
        self._findings = [*self._repository.problems, *lint_repository(self._repository)]

    def finish(self) -> Result:
        """Waits for the programs."""
        outcome = self.run.finish()
        ignored = self._no_manifests(outcome)
        mine = set(self.readable) - ignored
        told = {finding.path for finding in self._repository.problems} if self._repository else set()
        findings = {
            verdict: list(self._translator.findings(verdict)) for verdict in outcome.problems if verdict.path in mine
        }
        self._findings += [item for found in findings.values() for item in found if item.path not in told]
        hidden = self._hidden(outcome, mine - told)
        self._findings += [_hidden_finding(path, number) for path, number in hidden.items()]
        self._findings += self._built(findings)
        return Result(
            self.scope.root,
            {path: outcome.resources[path] for path in sorted(mine)},
            sum(bool(found) and verdict.status != "statusSkipped" for verdict, found in findings.items()),
            sum(verdict.status == "statusSkipped" for verdict in findings) + sum(hidden.values()),
            self._findings,
            self._notes(),
        )

    @cached_property
    def _translator(self) -> Translator:
        from generator.check.schema.findings import Translator

        return Translator(self.scope.root, self._versions)

    def _no_manifests(self, outcome: Outcome) -> set[str]:
        """Files that kubeconform was given and that are none of its business: patches, values, plain YAML."""
        if not self._repository:
            return set()
        listed = {manifest.path for manifest in self._repository.applied}
        nameless = {verdict.path for verdict in outcome.problems if not verdict.kind and not verdict.api_version}
        stray = nameless.intersection(self.readable) - listed
        return self._repository.inputs.union(path for path in stray if not self._translator.is_manifest(path))

    def _hidden(self, outcome: Outcome, paths: Iterable[str]) -> dict[str, int]:
        """Objects that kubeconform does not see, because of how their documents are parted, by file."""
        suspects = [path for path in paths if _HIDDEN.search((self.scope.root / path).read_bytes())]
        numbers = {path: self._translator.count(path) - outcome.resources[path] for path in suspects}
        return {path: number for path, number in numbers.items() if number > 0}

    def _built(self, raw: dict[Verdict, list[Finding]]) -> list[Finding]:
        """What does not build, and what is wrong only in what was built."""
        if not self._builds:
            return []
        findings, built = self._builds.finish()
        if not built:
            return findings
        run = Run(self._builds.scratch, list(built), self.locations)
        self._stack.callback(run.stop)
        from generator.check.schema.findings import Translator

        translator = Translator(self._builds.scratch, self._versions)
        known = {(verdict.kind, verdict.name, item.message) for verdict, found in raw.items() for item in found}
        for verdict in run.finish().problems:
            target = built[verdict.path]
            findings += [
                replace(
                    item, path=target.path, line=target.line, message=f"as built from {target.folder}: {item.message}"
                )
                for item in translator.findings(verdict)
                if (verdict.kind, verdict.name, item.message) not in known
            ]
        return findings

    def _notes(self) -> list[str]:
        if self._versions.pinned:
            return []
        used = describe(self._versions)
        return [f"{self.scope.cluster.name}: no {LOCK_FILE}, so it was checked against the newest schemas: {used}"]


def _can_read(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK)


def _unreadable(path: str) -> Finding:
    message = "cannot be read, so it was not checked"
    mend = "Make it a file that you may read, or remove it."
    return Finding(path, 1, RULE, "error", path, message, mend)


def _hidden_finding(path: str, number: int) -> Finding:
    message = f"{number} of its objects cannot be checked, and kubectl may not see them either"
    mend = "Part documents by a line `---` with nothing else on it."
    return Finding(path, 1, RULE, "error", path, message, mend)


def _join(results: list[Result]) -> Result:
    return Result(
        results[0].root,
        {path: count for result in results for path, count in result.files.items()},
        sum(result.invalid for result in results),
        sum(result.skipped for result in results),
        sorted({finding for result in results for finding in result.findings}),
        [note for result in results for note in result.notes],
    )
