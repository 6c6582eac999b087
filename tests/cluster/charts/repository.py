"""Packages the stand-in charts and makes a Helm repository of them, a folder that any web server can serve."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from generator.errors import OutsideError
from tests.cluster.build.cache import Report
from tests.cluster.build.compile import module_folder
from tests.cluster.build.programs import PROGRAMS

CHARTS: Final = ("gitea", "keda", "valkey")

_HERE: Final = Path(__file__).parent
_DEFINITIONS: Final = "definitions.yaml"


def package(programs: Path, target: Path, report: Report) -> None:
    """Write the charts' archives and the repository's index.yaml into the folder `target`.

    `programs` has helm and kubectl. Raises OutsideError: a program fails, or KEDA's module cannot be had.
    """
    start = time.monotonic()
    with TemporaryDirectory() as name:
        for chart in complete_charts(programs, Path(name)):
            _run([programs / "helm", "package", chart, "--destination", target])
    _run([programs / "helm", "repo", "index", target])
    report(f"charts {', '.join(CHARTS)}: packaged in {time.monotonic() - start:.1f} s")


def complete_charts(programs: Path, target: Path) -> list[Path]:
    """Copy the charts' folders into `target`, with what is not ours: KEDA's definitions, out of its module."""
    charts = [Path(shutil.copytree(_HERE / name, target / name)) for name in CHARTS]
    keda = PROGRAMS["keda-operator"]
    definitions = _run([programs / "kubectl", "kustomize", module_folder(keda.module, keda.version) / "config/crd"])
    (target / "keda" / _DEFINITIONS).write_text(definitions)
    return charts


def _run(command: list[str | Path]) -> str:
    """The output of a program. Raises OutsideError with what it says when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise OutsideError(f"`{' '.join(map(str, command[:3]))}` failed:\n{result.stderr.strip()}")
    return result.stdout
