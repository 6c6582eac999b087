"""Running kubeconform on files and reading what it says.

It gets files and never a stream: on a stream it reuses the buffer of a document that it still reads. It is strict and
offline, and every file given must come back in its answer, because it stops reading at a file it cannot open.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from generator.check.programs import environment, find
from generator.errors import OutsideError

RULE: Final = "schema"


class Verdict(NamedTuple):
    """What kubeconform says of one resource. `errors` holds (JSON path, message) pairs where it names places."""

    path: str
    api_version: str
    kind: str
    name: str
    status: str
    message: str
    errors: tuple[tuple[str, str], ...]


class Outcome(NamedTuple):
    """Resources that are not valid, and how many of each file were looked at."""

    problems: list[Verdict]
    resources: Counter[str]


class Run:
    """kubeconform at work on some files; started at once, so that the caller can do other things meanwhile."""

    def __init__(self, root: Path, paths: Sequence[str], locations: Sequence[str]) -> None:
        """`paths` are relative to `root`. Raises OutsideError when kubeconform is missing."""
        program = find("kubeconform")
        batches = list(_batches(paths))
        workers = max(1, (os.cpu_count() or 1) // max(1, len(batches)))
        options = [str(program), "-strict", "-verbose", "-output", "json", "-n", str(workers)]
        for location in locations:
            options += ["-schema-location", location]
        self._paths = paths
        self._outcome: Outcome | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        for batch in batches:
            self._processes.append(
                subprocess.Popen(
                    [*options, "--", *batch],
                    cwd=root,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )

    def finish(self) -> Outcome:
        """Waits for the end; can be called again. Raises OutsideError when kubeconform broke off."""
        if self._outcome is None:
            self._outcome = self._wait()
        return self._outcome

    def _wait(self) -> Outcome:
        verdicts = [verdict for process in self._processes for verdict in _read(process)]
        seen = Counter(dict.fromkeys(self._paths, 0))
        for verdict in verdicts:
            seen[verdict.path] += bool(verdict.status)
        unseen = set(self._paths).difference(verdict.path for verdict in verdicts)
        if unseen:
            reasons = [v.message for v in verdicts if not v.kind and v.message] or ["it gives no reason"]
            raise OutsideError(
                f"kubeconform did not look at {len(unseen)} files, {min(unseen)} among them: {reasons[0]}"
            )
        return Outcome([v for v in verdicts if v.status not in ("", "statusValid")], seen)

    def stop(self) -> None:
        """Ends processes that still run; for the way out after an error."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


def _batches(paths: Iterable[str]) -> Iterator[list[str]]:
    """Lists of paths that each fit on a command line, beside the environment."""
    limit = os.sysconf("SC_ARG_MAX") // 2
    batch: list[str] = []
    size = 0
    for path in paths:
        needed = len(os.fsencode(path)) + 9
        if batch and size + needed > limit:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += needed
    if batch:
        yield batch


def _read(process: subprocess.Popen[bytes]) -> list[Verdict]:
    output, errors = process.communicate()
    try:
        resources = json.loads(output)["resources"]
    except (ValueError, KeyError):
        said = errors.decode(errors="replace").strip()[-500:] or "nothing"
        raise OutsideError(f"kubeconform ended with {process.returncode} and said: {said}") from None
    return [_verdict(resource) for resource in resources]


def _verdict(resource: dict[str, Any]) -> Verdict:
    return Verdict(
        resource["filename"],
        resource["version"],
        resource["kind"],
        resource["name"],
        resource["status"],
        resource["msg"],
        tuple((error["path"], error["msg"]) for error in resource.get("validationErrors", ())),
    )
