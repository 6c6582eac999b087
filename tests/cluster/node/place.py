"""Where the cluster is on this machine: addresses, folders, and the marks by which all that belongs to it is found."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

# One cluster on a machine: names and addresses are fixed, so that a later process finds what an earlier one left.
STATE: Final = Path("/var/lib/raibid-gen-cluster")
NODE: Final = "sandbox"
NODE_IP: Final = "10.41.0.1"
POD_CIDR: Final = "10.42.0.0/24"
SERVICE_CIDR: Final = "10.43.0.0/16"
KUBERNETES_SERVICE_IP: Final = "10.43.0.1"
CHARTS_PORT: Final = 8879

# Every daemon, and what it starts, has this variable; every pod is in this cgroup of each hierarchy.
MARK: Final = "RAIBID_GEN_CLUSTER"
CGROUP: Final = "raibid-gen-cluster"
# Folders that containerd, CNI and the kubelet use whatever their settings say. In the cluster's mount namespace they
# are folders of its state, so that those of this machine stay as they are.
OWN_FOLDERS: Final = ("/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers")
# Settings of the whole machine that the kubelet insists on changing: there it writes to copies of the files.
OWN_SETTINGS: Final = (
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
)


class Cluster(NamedTuple):
    """A running cluster. `bin` has all its programs, `charts_url` is a Helm repository in its network."""

    bin: Path
    state: Path = STATE
    charts_url: str = f"http://{NODE_IP}:{CHARTS_PORT}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; its server is reached in the cluster's network only."""
        return self.state / "kubeconfig"

    @property
    def logs(self) -> Path:
        """A file for each process of the node."""
        return self.state / "logs"

    @property
    def charts(self) -> Path:
        """The folder that `charts_url` serves."""
        return self.state / "charts"

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.state / "pki"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd listens."""
        return self.state / "containerd.sock"
