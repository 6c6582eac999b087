"""The cluster's network namespace. It has no way out: what was not imported can never be pulled."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from generator.errors import OutsideError
from tests.cluster.node.place import NODE_IP, SERVICE_CIDR, STATE

# Not `ip netns add`: where it is the first on a machine, it leaves a mount at /run/netns.
_NAMESPACE: Final = STATE / "network"
# Not `ip netns exec`: it mounts a fresh /sys, which hides the cgroup hierarchies from the kubelet and runc.
ENTER: Final = ("nsenter", f"--net={_NAMESPACE}")
_CLONE_NEWNET: Final = 0x40000000
_BRIDGED: Final = Path("/proc/sys/net/bridge")
"""There when the kernel lets packet filters see what a bridge forwards, which Services need."""


def create() -> None:
    """A namespace with the node's bridge. Raises OutsideError."""
    if not _BRIDGED.exists():
        _run("modprobe", "br_netfilter")
    _NAMESPACE.touch()
    _run("unshare", f"--net={_NAMESPACE}", "true")
    for command in (
        "ip link set lo up",
        "ip link add node0 type bridge",
        f"ip addr add {NODE_IP}/24 dev node0",
        "ip link set node0 up",
        f"ip route add {SERVICE_CIDR} dev node0",
        "sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1",
    ):
        _run(*ENTER, *command.split())


def delete() -> None:
    """Remove the namespace, and with it its links, routes and packet filters."""
    while os.path.ismount(_NAMESPACE):  # not Path.is_mount(), which knows folders only before Python 3.13
        _run("umount", str(_NAMESPACE))


@contextmanager
def inside() -> Iterator[None]:
    """Moves this thread, and the processes that it starts, into the cluster's network, and back at the end."""
    with Path("/proc/self/ns/net").open() as outside, _NAMESPACE.open() as namespace:
        _enter(namespace.fileno())
        try:
            yield
        finally:
            _enter(outside.fileno())


def _enter(namespace: int) -> None:
    """setns(2), which Python has from 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(_NAMESPACE))


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise OutsideError(f"{' '.join(command)}: {result.stderr.strip()}")
