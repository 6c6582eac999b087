"""The node's processes: how each is started. The order is that of starting."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Final

from tests.cluster.node.place import CHARTS_PORT, NODE, NODE_IP, SERVICE_CIDR, Cluster

Command = Callable[[Cluster], list[str]]
_ETCD: Final = "http://127.0.0.1:2379"


def etcd(cluster: Cluster) -> list[str]:
    """The API server's store; a lost machine may lose it, so nothing waits for the disk."""
    return [
        str(cluster.bin / "etcd"),
        f"--data-dir={cluster.state}/etcd",
        f"--listen-client-urls={_ETCD}",
        f"--advertise-client-urls={_ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def containerd(cluster: Cluster) -> list[str]:
    """Runs containers and keeps images."""
    return [str(cluster.bin / "containerd"), "--config", f"{cluster.state}/containerd.toml"]


def api_server(cluster: Cluster) -> list[str]:
    """kube-apiserver with RBAC and the aggregation layer, which KEDA's metrics need."""
    pki = cluster.pki
    return [
        str(cluster.bin / "kube-apiserver"),
        f"--etcd-servers={_ETCD}",
        f"--advertise-address={NODE_IP}",
        "--secure-port=6443",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        f"--client-ca-file={pki}/ca.crt",
        f"--tls-cert-file={pki}/server.crt",
        f"--tls-private-key-file={pki}/server.key",
        f"--kubelet-client-certificate={pki}/admin.crt",
        f"--kubelet-client-key={pki}/admin.key",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki}/sa.key",
        f"--service-account-signing-key-file={pki}/sa.key",
        "--enable-aggregator-routing=true",
        f"--proxy-client-cert-file={pki}/aggregator.crt",
        f"--proxy-client-key-file={pki}/aggregator.key",
        f"--requestheader-client-ca-file={pki}/ca.crt",
        "--requestheader-allowed-names=aggregator",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    ]


def controller_manager(cluster: Cluster) -> list[str]:
    """kube-controller-manager."""
    return [
        str(cluster.bin / "kube-controller-manager"),
        f"--kubeconfig={cluster.kubeconfig}",
        f"--root-ca-file={cluster.pki}/ca.crt",
        f"--service-account-private-key-file={cluster.pki}/sa.key",
        "--use-service-account-credentials=true",
        *_delegated(cluster),
    ]


def scheduler(cluster: Cluster) -> list[str]:
    """kube-scheduler."""
    return [str(cluster.bin / "kube-scheduler"), f"--kubeconfig={cluster.kubeconfig}", *_delegated(cluster)]


def kubelet(cluster: Cluster) -> list[str]:
    """The node's agent."""
    return [
        str(cluster.bin / "kubelet"),
        f"--kubeconfig={cluster.kubeconfig}",
        f"--config={cluster.state}/kubelet.yaml",
        f"--root-dir={cluster.state}/kubelet",
        f"--cert-dir={cluster.state}/kubelet-pki",
        f"--hostname-override={NODE}",
        f"--node-ip={NODE_IP}",
    ]


def proxy(cluster: Cluster) -> list[str]:
    """kube-proxy; it leaves the machine's connection tracking as it is."""
    return [
        str(cluster.bin / "kube-proxy"),
        f"--kubeconfig={cluster.kubeconfig}",
        "--proxy-mode=iptables",
        "--cluster-cidr=10.42.0.0/16",
        f"--hostname-override={NODE}",
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0",
        "--conntrack-tcp-timeout-close-wait=0",
    ]


def coredns(cluster: Cluster) -> list[str]:
    """DNS of the cluster, on the node's address."""
    return [str(cluster.bin / "coredns"), "-conf", f"{cluster.state}/Corefile"]


def charts(cluster: Cluster) -> list[str]:
    """The Helm repository."""
    return [
        *(sys.executable, "-m", "http.server", str(CHARTS_PORT)),
        *("--bind", NODE_IP, "--directory", str(cluster.charts)),
    ]


def _delegated(cluster: Cluster) -> list[str]:
    """Options of the programs that ask the API server who may talk to them."""
    return [
        f"--authentication-kubeconfig={cluster.kubeconfig}",
        f"--authorization-kubeconfig={cluster.kubeconfig}",
        "--leader-elect=false",
    ]


# By name of their log, in three stages: the API server waits for its store, the node for the API server.
STORES: Final[Mapping[str, Command]] = {"etcd": etcd, "containerd": containerd}
SERVERS: Final[Mapping[str, Command]] = {"kube-apiserver": api_server, "charts": charts}
WORKERS: Final[Mapping[str, Command]] = {
    "kube-controller-manager": controller_manager,
    "kube-scheduler": scheduler,
    "kubelet": kubelet,
    "kube-proxy": proxy,
    "coredns": coredns,
}
