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
from tests.cluster.node.place import NETWORK, NODE_IP, SERVICE_CIDR

_NAMESPACE: Final = Path("/run/netns") / NETWORK
# Not `ip netns exec`: it mounts a fresh /sys, which hides the cgroup hierarchies from the kubelet and runc.
ENTER: Final = ("nsenter", f"--net={_NAMESPACE}")
_CLONE_NEWNET: Final = 0x40000000


def create() -> None:
    """A namespace with the node's bridge. Raises OutsideError."""
    _run("ip", "netns", "add", NETWORK)
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
    if _NAMESPACE.exists():
        _run("ip", "netns", "delete", NETWORK)


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
