"""The files that the node's programs read: kubeconfig, containerd's, the kubelet's, CNI's, CoreDNS'."""

from __future__ import annotations

import json
from typing import Any, Final

from generator import contract
from tests.cluster.build.images import PAUSE
from tests.cluster.node.place import CGROUP, NODE_IP, POD_CIDR, Cluster

# As k3s' registries.yaml would have it: the node's resolver does not know the cluster's names, so containerd pulls
# through the node port.
_REGISTRY: Final = f"{contract.GITEA}.{contract.NAMESPACE}.svc.cluster.local:{contract.GITEA_PORT}"
_REGISTRY_ENDPOINT: Final = f"http://{NODE_IP}:{contract.GITEA_NODE_PORT}"

# restrict_oom_score_adj: root in a virtual machine may lack CAP_SYS_RESOURCE, which a lower score needs.
# netns_mounts_under_state_dir: nothing of a pod stays behind in /run/netns.
_CONTAINERD: Final = """\
version = 3
root = "{state}/containerd/root"
state = "{state}/containerd/state"
[grpc]
  address = "{socket}"
[plugins.'io.containerd.nri.v1.nri']
  disable = true
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "{pause}"
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = "{state}/registries"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["{bin}"]
  conf_dir = "{state}/cni"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    BinaryName = "{bin}/runc"
"""
_COREDNS: Final = """\
.:53 {{
  bind {ip}
  errors
  kubernetes cluster.local in-addr.arpa {{
    kubeconfig {state}/kubeconfig sandbox
    pods insecure
  }}
}}
"""


def write(cluster: Cluster) -> None:
    """Write all of them into the cluster's state."""
    state = cluster.state
    hosts = f'server = "{_REGISTRY_ENDPOINT}"\n[host."{_REGISTRY_ENDPOINT}"]\n  capabilities = ["pull", "resolve"]\n'
    texts = {
        "kubeconfig": json.dumps(_kubeconfig(cluster)),
        "containerd.toml": _CONTAINERD.format(
            state=state, socket=cluster.containerd_socket, bin=cluster.bin, pause=PAUSE
        ),
        f"registries/{_REGISTRY}/hosts.toml": hosts,
        "cni/10-sandbox.conflist": json.dumps(_pod_network(cluster)),
        "kubelet.yaml": json.dumps(_kubelet(cluster)),
        "resolv.conf": f"nameserver {NODE_IP}\n",
        "Corefile": _COREDNS.format(ip=NODE_IP, state=state),
    }
    for name, text in texts.items():
        path = state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _kubeconfig(cluster: Cluster) -> dict[str, Any]:
    pki = cluster.pki
    login = {"client-certificate": str(pki / "admin.crt"), "client-key": str(pki / "admin.key")}
    server = {"server": f"https://{NODE_IP}:6443", "certificate-authority": str(pki / "ca.crt")}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "sandbox",
        "clusters": [{"name": "sandbox", "cluster": server}],
        "users": [{"name": "admin", "user": login}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "admin"}}],
    }


def _pod_network(cluster: Cluster) -> dict[str, Any]:
    addresses = {
        "type": "host-local",
        "dataDir": str(cluster.state / "ipam"),
        "ranges": [[{"subnet": POD_CIDR}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "hairpinMode": True}
    return {
        "cniVersion": "1.0.0",
        "name": "sandbox",
        "plugins": [{**bridge, "ipam": addresses}, {"type": "portmap", "capabilities": {"portMappings": True}}],
    }


def _kubelet(cluster: Cluster) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(cluster.pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "clusterDNS": [NODE_IP],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{cluster.containerd_socket}",
        # The machine's disk and images are not this cluster's to tidy.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "failCgroupV1": False,
        "failSwapOn": False,
        "podCIDR": POD_CIDR,
        "podLogsDir": str(cluster.state / "pod-logs"),
        "resolvConf": str(cluster.state / "resolv.conf"),
    }
