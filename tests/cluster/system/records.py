"""What is kept of a test that failed: the state of every object and the logs of every component."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.cluster.system.kubectl import Kubectl

_KINDS: Final = (
    "all,persistentvolumeclaims,networkpolicies",
    "events",
    "gitrepositories,helmrepositories,helmcharts",
    "kustomizations.kustomize.toolkit.fluxcd.io,helmreleases",
    "receivers,alerts,providers",
    "scaledobjects,scaledjobs,triggerauthentications",
)


def keep(kubectl: Kubectl, logs: Path, folder: Path) -> None:
    """Write everything into `folder`: `logs` of the node's processes, objects, events, logs of every container."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(logs, folder / "node")
    objects = [_say(kubectl, "get", kinds, "-A", "-o", "wide") for kinds in _KINDS]
    (folder / "objects.txt").write_text("\n".join(objects), encoding="utf-8")
    details = [_say(kubectl, "describe", kinds, "-A") for kinds in ("pods", *_KINDS[2:])]
    (folder / "details.txt").write_text("\n".join(details), encoding="utf-8")
    for line in kubectl.attempt("get", "pods", "-A", "--no-headers").stdout.splitlines():
        namespace, pod, *_ = line.split()
        log = _say(kubectl, "logs", "-n", namespace, pod, "--all-containers", "--prefix", "--timestamps")
        (folder / f"{namespace}.{pod}.log").write_text(log, encoding="utf-8")


def _say(kubectl: Kubectl, *arguments: str) -> str:
    """What kubectl prints, be it an error: a kind is not there before its controller is installed."""
    result = kubectl.attempt(*arguments)
    return result.stdout + result.stderr
