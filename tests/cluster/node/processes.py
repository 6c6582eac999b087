"""Starting the node's processes, and waiting while an eye is kept on them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from generator.errors import OutsideError
from tests.cluster.node.components import Command
from tests.cluster.node.network import ENTER
from tests.cluster.node.place import MARK, OWN_FOLDERS, OWN_SETTINGS, Cluster

_LINES: Final = 5
"""So many of its last lines are shown of a process that ended."""


class Processes:
    """The processes that this program has started. They outlive it, unless it ends them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._enter: tuple[str, ...] = ()

    def open_namespaces(self) -> None:
        """Start the process that holds the mount namespace in which all others then are; it goes with the last."""
        state = self._cluster.state
        script = "".join(f"mkdir -p {each} && mount --bind {state}{each} {each} && " for each in OWN_FOLDERS)
        for each in OWN_FOLDERS:
            (state / each.lstrip("/")).mkdir(parents=True)
        for each in OWN_SETTINGS:
            setting, copy = Path("/proc/sys", each), state / "settings" / each
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(setting.read_bytes())
            script += f"mount --bind {copy} {setting} && "
        self._enter = (*ENTER, "unshare", "--mount", "--propagation=private")
        self.start(
            {"namespaces": lambda _: ["sh", "-c", f"{script} touch /run/containerd/ready && exec sleep infinity"]}
        )
        ready = state / "run/containerd/ready"
        self.wait("the mount namespace", lambda: "" if ready.exists() else "not there yet", seconds=10)
        self._enter = (*ENTER, f"--mount=/proc/{self._started['namespaces'].pid}/ns/mnt")

    def start(self, commands: Mapping[str, Command]) -> None:
        """Start each in the cluster's network, in a session of its own, its output in logs/<name>.log."""
        for name, command in commands.items():
            with (self._cluster.logs / f"{name}.log").open("ab") as log:
                self._started[name] = subprocess.Popen(
                    [*self._enter, *command(self._cluster)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=marked(self._cluster),
                    start_new_session=True,
                )

    def wait(self, what: str, look: Callable[[], str], *, seconds: float) -> None:
        """Wait until `look` returns "", else what it sees. Raises OutsideError, at once when a process has ended."""
        end = time.monotonic() + seconds
        while seen := look():
            self.check()
            if time.monotonic() > end:
                raise OutsideError(f"waited {seconds:g} s for {what}: {seen}; see {self._cluster.logs}")
            time.sleep(0.25)

    def reap(self) -> None:
        """Take note of the end of those that were killed."""
        for process in self._started.values():
            process.wait()
        self._started.clear()

    def check(self) -> None:
        """Raise OutsideError, with its last words, when a process has ended."""
        for name, process in self._started.items():
            if process.poll() is not None:
                log = self._cluster.logs / f"{name}.log"
                said = "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LINES:])
                raise OutsideError(f"{name} ended with code {process.returncode}; the end of {log}:\n{said}")


def environment(cluster: Cluster) -> dict[str, str]:
    """This process's environment with the cluster's programs and kubeconfig, without proxies: there is no way out."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    path = f"{cluster.bin}:{kept.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"
    return {**kept, "PATH": path, "KUBECONFIG": str(cluster.kubeconfig)}


def marked(cluster: Cluster) -> dict[str, str]:
    """As environment(), with the mark by which a process is ended together with the cluster."""
    return environment(cluster) | {MARK: str(cluster.state)}
