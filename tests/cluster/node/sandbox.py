"""The cluster as a whole: up, down, and which one is up."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from generator.errors import OutsideError
from tests.cluster.build.cache import Report
from tests.cluster.build.compile import build_programs
from tests.cluster.build.debian import install_host_packages
from tests.cluster.build.images import DEBIAN, LOCAL_PATH, build_images
from tests.cluster.charts.repository import package
from tests.cluster.node import cgroups, cleanup, components, network, ownership, pki, settings
from tests.cluster.node.place import NODE, STATE, Cluster
from tests.cluster.node.processes import Processes, marked

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

    What a killed run has left is removed first. Raises OutsideError, also when another's cluster is up. Where it fails,
    no process is left, and the logs are until the cluster is taken down.
    """
    cluster, images = build(report)
    with ownership.alone():
        _make_room(report, owner)
        STATE.mkdir(parents=True)
        ownership.record(owner, cluster.bin, ready=False)
        processes = _processes[STATE] = Processes(cluster)
        try:
            _start(cluster, images, processes, report)
            ownership.record(owner, cluster.bin, ready=True)
        except BaseException:
            report(f"bringing the cluster up failed; its logs are in {cluster.logs} until it is taken down")
            cleanup.end_processes()
            processes.reap()
            raise
    report("the cluster is up")
    return cluster


def find() -> Cluster | None:
    """The cluster that is up; None where there is none, or only what a killed run has left."""
    owner = ownership.recorded()
    up = owner is not None and owner.ready and cleanup.anything_runs()
    return Cluster(Path(owner.bin)) if owner and up else None


def down(report: Report) -> None:
    """Remove every trace of the cluster. Raises OutsideError: what is left, or which test run still uses it."""
    if not cleanup.anything_left():
        report("no cluster is up")
        return
    if reason := unsupported():
        raise OutsideError(f"the cluster cannot be taken down: {reason}")
    with ownership.alone():
        owner = ownership.recorded()
        if owner and owner.lives and not ownership.is_of_this_run(owner):
            raise OutsideError(f"the test run with process {owner.process} uses the cluster; end that first")
        cleanup.remove_everything()
    if processes := _processes.pop(STATE, None):
        processes.reap()
    report("the cluster is down, nothing of it is left")


def _make_room(report: Report, asking: int | None) -> None:
    """Raises OutsideError when somebody's cluster is up. A person's is never removed for a test run."""
    owner = ownership.recorded()
    if owner and owner.lives and cleanup.anything_runs():
        raise OutsideError(f"a cluster of the test run with process {owner.process} is up; wait for its end")
    if owner and owner.process is None and cleanup.anything_runs() and (owner.ready or asking is not None):
        raise OutsideError("a cluster is up that `make cluster` brought up; end it with `make cluster-down`")
    if cleanup.anything_left():
        report("removing what a killed run has left ...")
        cleanup.remove_everything()


def _start(cluster: Cluster, images: list[Path], processes: Processes, report: Report) -> None:
    report("network, certificates, etcd, containerd ...")
    network.create()
    cgroups.create()
    cluster.logs.mkdir()
    pki.make(cluster.pki)
    settings.write(cluster)
    cluster.charts.mkdir()
    package(cluster.bin, cluster.charts, report)
    processes.open_namespaces()
    processes.start(components.STORES)
    processes.wait("containerd", lambda: _said(cluster, "ctr", "version"), seconds=30)
    report(f"control plane and node; {len(images)} archives of images are imported meanwhile ...")
    importer = ThreadPoolExecutor(1)
    imported = [importer.submit(_import, cluster, archive) for archive in images]
    importer.shutdown(wait=False)
    try:
        processes.start(components.SERVERS)
        processes.wait("the API server", lambda: _said(cluster, "kubectl", "get", "--raw=/readyz"), seconds=90)
        processes.start(components.WORKERS)
        ready = ("kubectl", "wait", f"node/{NODE}", "--for=condition=Ready", "--timeout=1s")
        processes.wait("the node to be ready", lambda: _said(cluster, *ready), seconds=90)
        processes.wait("the images to be imported", lambda: _unfinished(imported), seconds=300)
    finally:
        for each in imported:
            each.cancel()
    report("storage class ...")
    _install_storage(cluster)
    provisioner = ("kubectl", "-n", "local-path-storage", "rollout", "status", "deploy", "--timeout=1s")
    processes.wait("the storage provisioner", lambda: _said(cluster, *provisioner), seconds=90)


def _import(cluster: Cluster, archive: Path) -> None:
    if said := _said(cluster, "ctr", "-n", "k8s.io", "images", "import", str(archive), seconds=120):
        raise OutsideError(f"{archive.name} cannot be imported: {said}")


def _unfinished(imported: list[Future[None]]) -> str:
    """How many imports are not through, "" when all are. Raises OutsideError when one failed."""
    finished = [each.result() for each in imported if each.done()]
    missing = len(imported) - len(finished)
    return f"{missing} of {len(imported)} are missing" if missing else ""


def _install_storage(cluster: Cluster) -> None:
    manifest = _LOCAL_PATH.read_text(encoding="utf-8")
    for name, value in {"VOLUMES": f"{cluster.state}/volumes", "PROVISIONER": LOCAL_PATH, "HELPER": DEBIAN}.items():
        manifest = manifest.replace(f"@{name}@", value)
    if said := _said(cluster, "kubectl", "apply", "-f", "-", text=manifest):
        raise OutsideError(f"{_LOCAL_PATH.name} cannot be applied: {said}")


def _said(cluster: Cluster, *command: str, text: str | None = None, seconds: float = 30) -> str:
    """ "" when the command succeeds in the cluster's network, else what it printed, or its exit code."""
    address = {"CONTAINERD_ADDRESS": str(cluster.containerd_socket)}
    try:
        result = subprocess.run(
            [*network.ENTER, *command],
            env=marked(cluster) | address,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} has not answered within {seconds:g} s"
    if result.returncode == 0:
        return ""
    return (result.stderr or result.stdout).strip() or f"exit code {result.returncode}"
