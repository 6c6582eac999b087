"""The cluster as a whole: up, down, and which one is up."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from generator.errors import OutsideError
from tests.cluster.build.cache import Report
from tests.cluster.build.compile import build_programs
from tests.cluster.build.debian import install_host_packages
from tests.cluster.build.images import DEBIAN, LOCAL_PATH, build_images
from tests.cluster.charts.repository import package
from tests.cluster.node import cleanup, components, network, pki, settings
from tests.cluster.node.place import CGROUP, NODE, STATE, Cluster, hierarchies
from tests.cluster.node.processes import Processes, environment

_OWNER: Final = STATE / "owner.json"
_LOCAL_PATH: Final = Path(__file__).parent / "local-path.yaml"
_processes: dict[Path, Processes] = {}


def unsupported() -> str | None:
    """Why there can be no cluster on this machine, or None."""
    if sys.platform != "linux":
        return f"it needs Linux, and this is {sys.platform}"
    if platform.machine() != "x86_64":
        return f"its images are made for x86-64, and this is {platform.machine()}"
    if os.geteuid() != 0:
        return "it needs root: network namespaces, mounts, cgroups"
    return None


def build(report: Report) -> tuple[Cluster, list[Path]]:
    """Make what is not in the cache yet: packages of this machine, programs, images. Raises OutsideError."""
    if reason := unsupported():
        raise OutsideError(f"no cluster on this machine: {reason}")
    install_host_packages(report)
    return Cluster(build_programs(report)), build_images(report)


def up(report: Report, *, owner: int | None) -> Cluster:
    """Bring up the cluster of the process `owner`, or of a person (None).

    What a test run that was killed has left is removed first. Raises OutsideError, also when another's cluster is up.
    """
    cluster, images = build(report)
    _make_room(report)
    STATE.mkdir(parents=True)
    _OWNER.write_text(json.dumps({"owner": owner, "since": owner and _started(owner), "bin": str(cluster.bin)}))
    processes = _processes[STATE] = Processes(cluster)
    try:
        _start(cluster, images, processes, report)
    except BaseException:
        report(f"bringing the cluster up failed; its logs are in {cluster.logs} until it is taken down")
        raise
    return cluster


def find() -> Cluster | None:
    """The cluster that is up, or was when its owner was killed; None where there is none."""
    owner = _owner()
    return Cluster(Path(owner["bin"])) if owner else None


def down(report: Report) -> None:
    """Remove every trace of the cluster. Raises OutsideError: what is left."""
    if not cleanup.anything_left():
        report("no cluster is up")
        return
    if reason := unsupported():
        raise OutsideError(f"the cluster cannot be taken down: {reason}")
    cleanup.remove_everything()
    if processes := _processes.pop(STATE, None):
        processes.reap()
    report("the cluster is down, nothing of it is left")


def _make_room(report: Report) -> None:
    """Raises OutsideError when somebody's cluster is up."""
    owner = _owner()
    if owner and owner["owner"] is None:
        raise OutsideError("a cluster is up that `make cluster` brought up; end it with `make cluster-down`")
    if owner and _started(owner["owner"]) == owner["since"]:
        raise OutsideError(f"a cluster of the test run with process {owner['owner']} is up; wait for its end")
    if cleanup.anything_left():
        report("removing what a killed run has left ...")
        cleanup.remove_everything()


def _owner() -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(_OWNER.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _started(process: int) -> str | None:
    """When a process began, so that a later one with the same number is not taken for it (proc(5), field 22)."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return None


def _start(cluster: Cluster, images: list[Path], processes: Processes, report: Report) -> None:
    report("network, certificates, etcd, containerd ...")
    network.create()
    for hierarchy in hierarchies():
        (hierarchy / CGROUP).mkdir(exist_ok=True)
    cluster.logs.mkdir()
    pki.make(cluster.pki)
    settings.write(cluster)
    cluster.charts.mkdir()
    package(cluster.bin, cluster.charts, report)
    processes.open_namespaces()
    processes.start(components.STORES)
    processes.wait("containerd", lambda: _said(cluster, "ctr", "version"), seconds=30)
    report(f"control plane and node; {len(images)} archives of images are imported meanwhile ...")
    with ThreadPoolExecutor(1) as importer:
        imported = importer.submit(_import, cluster, images)
        processes.start(components.SERVERS)
        processes.wait("the API server", lambda: _said(cluster, "kubectl", "get", "--raw=/readyz"), seconds=90)
        processes.start(components.WORKERS)
        ready = ("kubectl", "wait", f"node/{NODE}", "--for=condition=Ready", "--timeout=1s")
        processes.wait("the node to be ready", lambda: _said(cluster, *ready), seconds=90)
        imported.result()
    report("storage class ...")
    _install_storage(cluster)
    provisioner = ("kubectl", "-n", "local-path-storage", "rollout", "status", "deploy", "--timeout=1s")
    processes.wait("the storage provisioner", lambda: _said(cluster, *provisioner), seconds=90)
    report("the cluster is up")


def _import(cluster: Cluster, images: list[Path]) -> None:
    for archive in images:
        if said := _said(cluster, "ctr", "-n", "k8s.io", "images", "import", str(archive)):
            raise OutsideError(f"{archive.name} cannot be imported: {said}")


def _install_storage(cluster: Cluster) -> None:
    manifest = _LOCAL_PATH.read_text(encoding="utf-8")
    for name, value in {"VOLUMES": f"{cluster.state}/volumes", "PROVISIONER": LOCAL_PATH, "HELPER": DEBIAN}.items():
        manifest = manifest.replace(f"@{name}@", value)
    if said := _said(cluster, "kubectl", "apply", "-f", "-", text=manifest):
        raise OutsideError(f"{_LOCAL_PATH.name} cannot be applied: {said}")


def _said(cluster: Cluster, *command: str, text: str | None = None) -> str:
    """ "" when the command succeeds in the cluster's network, else what it printed, or its exit code."""
    address = {"CONTAINERD_ADDRESS": str(cluster.containerd_socket)}
    result = subprocess.run(
        [*network.ENTER, *command],
        env=environment(cluster) | address,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        return ""
    return (result.stderr or result.stdout).strip() or f"exit code {result.returncode}"
