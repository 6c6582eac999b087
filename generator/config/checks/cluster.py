"""The cluster: its namespaces, its nodes, what k3s is told, ports of the nodes, where secrets are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator import contract
from generator.config.checks.common import twice
from generator.config.model import Config
from generator.config.problems import Place, Problem, suggestion

_RESERVED_NAMESPACES = (
    *contract.SYSTEM_NAMESPACES,
    contract.FLUX_NAMESPACE,
    contract.KEDA_NAMESPACE,
    contract.BUILD_NAMESPACE,
)
_K3S_KEYS_OF_OURS = {
    "data-dir": "k3s.data_dir",
    "disable": "k3s.disable",
    "rootless": "k3s.rootless",
    "cluster-domain": "cluster.domain",
}
_K3S_SECRETS = ("token", "agent-token")
# https://docs.k3s.io/installation/requirements#networking, and Kubernetes' own local ones.
_K3S_PORTS = {2379: "etcd", 2380: "etcd", 5001: "k3s", 6443: "the Kubernetes API", 10250: "the kubelet"}
_NODE_PORTS = range(30000, 32768)
_RANGE_KEY = "service-node-port-range"


def namespaces(config: Config) -> Iterator[Problem]:
    own = config.cluster.namespace
    if own in _RESERVED_NAMESPACES or own.startswith("kube-"):
        text = f"{own} belongs to another component; choose one of your own"
        yield Problem(("cluster", "namespace"), text + suggestion(own, [contract.NAMESPACE]))
    yield from twice(("flux", "tenants"), "name", [tenant.name for tenant in config.flux.tenants])
    for number, tenant in enumerate(config.flux.tenants):
        if tenant.namespace == own:
            text = f"the tenant's namespace {own} is cluster.namespace too; name one of them otherwise"
            yield Problem(("flux", "tenants", number, "name"), text)


def k3s(config: Config) -> Iterator[Problem]:
    yield from _nodes(config)
    for key, value in config.k3s.config.items():
        if fault := _k3s_key(key):
            yield Problem(("k3s", "config", key), fault, at_key=True)
        elif key == "kube-controller-manager-arg" and "pod-eviction-timeout" in str(value):
            # Removed in Kubernetes 1.27; no version that we know Flux for is older.
            yield Problem(("k3s", "config", key), "Kubernetes no longer has pod-eviction-timeout and would not start")


def _k3s_key(key: str) -> str | None:
    if key in _K3S_KEYS_OF_OURS:
        return f"is set by {_K3S_KEYS_OF_OURS[key]}; set it there"
    if key in _K3S_SECRETS:
        return "is a secret and would stand in Git; leave it out, k3s makes one"
    if "_" in key:
        return f"k3s spells its keys with hyphens: {key.replace('_', '-')}"
    return None


def _nodes(config: Config) -> Iterator[Problem]:
    path: Place = ("k3s", "nodes")
    nodes = config.k3s.nodes
    yield from twice(path, "host", [node.host for node in nodes])
    if config.k3s.rootless and nodes:
        yield Problem(path, "rootless k3s cannot have more nodes; leave out nodes or rootless")
    servers = sum(node.role == "server" for node in nodes)
    if nodes and not servers:
        yield Problem(path, "no node is a server; give one `role: server`")
    elif nodes and servers % 2 == 0:
        text = f"{servers} servers survive no more failures than {servers - 1}; take an odd number"
        yield Problem(path, text, "warning")


def node_ports(config: Config) -> Iterator[Problem]:
    given = config.k3s.config.get(_RANGE_KEY)
    allowed = _NODE_PORTS if given is None else _port_range(given)
    if allowed is None:
        text = f"{given} is not a range of ports such as 30000-32767"
        yield Problem(("k3s", "config", _RANGE_KEY), text)
        return
    ports = {("gitea", "node_port"): config.gitea.node_port, ("api", "node_port"): config.api.node_port}
    taken: dict[int, str] = dict(_K3S_PORTS)
    for path, port in ports.items():
        if port is None:
            continue
        if port in taken:
            yield Problem(path, f"port {port} is taken by {taken[port]}")
        elif port not in allowed:
            text = f"port {port} is outside {allowed.start}-{allowed.stop - 1}; k3s.config.{_RANGE_KEY} sets the range"
            yield Problem(path, text)
        else:
            taken[port] = ".".join(path)


def _port_range(given: object) -> range | None:
    match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", str(given))
    if match is None:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    return range(first, last + 1) if 0 < first <= last <= 65535 else None


def secrets(config: Config) -> Iterator[Problem]:
    path = ("secrets", "age_recipients")
    if config.secrets.mode == "sops" and not config.secrets.age_recipients:
        yield Problem(path, "`mode: sops` needs at least one age public key")
    if config.secrets.mode == "cluster" and config.secrets.age_recipients:
        yield Problem(path, "are used in `mode: sops` only", "warning")
