"""config.yaml: the cluster and the Kubernetes under it."""

from __future__ import annotations

from typing import Literal

from generator import contract, versions
from generator.config.base import Section, section
from generator.config.types import (
    DnsLabel,
    DnsName,
    FileOrUrl,
    FilePath,
    FolderPath,
    Host,
    K3sValue,
    K3sVersion,
    LabelKey,
    LabelValue,
    LoginName,
    Port,
    ShortLabel,
)


class Cluster(Section):
    name: ShortLabel = "raibid-ci"
    """Name of the cluster: its folder below `clusters/` and its context in the kubeconfig."""
    namespace: DnsLabel = contract.NAMESPACE
    """Namespace of Gitea, Redis, the API server and the agents."""
    kubeconfig: FilePath = "~/.kube/config"
    """Kubeconfig that bootstrap writes and every command reads."""
    profile: Literal["minimum", "recommended"] = "minimum"
    """Size of every component: `minimum` (about 2 cores, 1.7 GB) or `recommended` (about 4 cores, 4.2 GB)."""
    arch: Literal["arm64", "amd64"] = "arm64"
    """Processor architecture of the nodes."""
    domain: DnsName = "cluster.local"
    """DNS domain of the cluster's Services."""


class Node(Section):
    host: Host
    """Host name or address, reached over SSH. Host names must differ."""
    role: Literal["server", "agent"] = "agent"
    """`server` runs the control plane too."""
    user: LoginName = "root"
    """User to log in as; needs sudo unless it is root."""
    port: Port = 22
    """SSH port."""
    identity_file: FilePath | None = None
    """Private key for SSH; without it the SSH agent and ~/.ssh/config decide."""
    labels: dict[LabelKey, LabelValue] = {}
    """Labels of the Kubernetes node."""


class Airgap(Section):
    binary: FileOrUrl | None = None
    """File or URL of the k3s binary, instead of the release."""
    images: FileOrUrl | None = None
    """File or URL of `k3s-airgap-images-<arch>.tar.zst`, instead of the registries."""


class K3s(Section):
    version: K3sVersion = versions.CURRENT.k3s
    """Release of k3s; it decides the Kubernetes version that manifests are checked against."""
    data_dir: FolderPath = "/var/lib/rancher/k3s"
    """Where k3s keeps its data, the volumes among it."""
    rootless: bool = False
    """Run k3s as an ordinary user (experimental, one node only)."""
    manage: bool = True
    """`false`: no k3s is installed; the cluster that `cluster.kubeconfig` names is used."""
    nodes: list[Node] = []
    """Machines that form the cluster, over SSH. Without any, this machine alone."""
    disable: list[Literal["coredns", "servicelb", "traefik", "local-storage", "metrics-server"]] = []
    """Parts of k3s that are left out."""
    config: dict[str, K3sValue] = {}
    """Further keys for /etc/rancher/k3s/config.yaml, as k3s spells them."""
    airgap: Airgap = section()
    """Files for an installation without Internet access."""
