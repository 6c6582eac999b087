"""Rules on NetworkPolicies: what they pick, and whether those who must talk still can."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, Literal, NamedTuple

from generator import contract
from generator.check.lint.known import known
from generator.check.lint.pods import ports
from generator.check.lint.registry import Hit, once, rule
from generator.check.lint.security import bound_accounts
from generator.check.lint.selectors import Pods, pod_index, selects
from generator.check.lint.workloads import is_upstream
from generator.check.repository.objects import Manifest, Repository, entries, labels_of, mapping

Direction = Literal["ingress", "egress"]

# k3s' default range for pods; a policy's ipBlock that covers it lets pods through.
_POD_ADDRESS = "10.42.0.1"
_DNS = contract.Peer("kube-system", {"k8s-app": "kube-dns"})


class Link(NamedTuple):
    """One connection between pods of the tree, to be judged."""

    client: Pods
    server: Pods
    port: int
    protocol: str = "TCP"


@once
def _policies(repository: Repository) -> dict[int, list[Manifest]]:
    """The policies that pick each entry of the pod index, by the entry's identity."""
    picked: dict[int, list[Manifest]] = {}
    for policy in repository.of("NetworkPolicy"):
        for pods in pod_index(repository).matching(policy.namespace, policy.spec.get("podSelector")):
            picked.setdefault(id(pods), []).append(policy)
    return picked


@once
def _namespace_labels(repository: Repository) -> dict[str, dict[str, str]]:
    return {item.name: labels_of(item.value) for item in repository.of("Namespace")}


def _governs(policy: Manifest, direction: Direction) -> bool:
    """Whether the policy isolates its pods in that direction (policyTypes, with its default)."""
    types = policy.spec.get("policyTypes")
    if isinstance(types, list) and types:
        return direction.capitalize() in types
    return direction == "ingress" or "egress" in policy.spec


def _blocking(repository: Repository, link: Link, direction: Direction) -> Manifest | None:
    """A policy that isolates the link's end, if none lets the link through."""
    own = link.client if direction == "egress" else link.server
    governing = [item for item in _policies(repository).get(id(own), ()) if _governs(item, direction)]
    if not governing or any(_allows(repository, policy, link, direction) for policy in governing):
        return None
    return governing[-1]


def _allows(repository: Repository, policy: Manifest, link: Link, direction: Direction) -> bool:
    key, other = ("to", link.server) if direction == "egress" else ("from", link.client)
    for _, item in entries(policy.spec, direction):
        if not _port_matches(item, link):
            continue
        peers = item.get(key)
        if not peers or any(_peer_matches(repository, policy, peer, other) for _, peer in entries(item, key)):
            return True
    return False


def _port_matches(item: dict[str, Any], link: Link) -> bool:
    if not item.get("ports"):
        return True
    for _, port in entries(item, "ports"):
        number = port.get("port")
        if port.get("protocol", "TCP") != link.protocol:
            continue
        if isinstance(number, str) and not number.isdecimal():
            if _named_port(link.server, number) in (link.port, None):
                return True
        elif number is None or _within(link.port, number, port.get("endPort", number)):
            return True
    return False


def _within(port: int, first: Any, last: Any) -> bool:
    return str(first).isdecimal() and str(last).isdecimal() and int(first) <= port <= int(last)


def _named_port(server: Pods, name: str) -> int | None:
    """The number of a port that the server's containers name; None if a chart's, which is not known."""
    if server.workload is None:
        return None
    numbers = [
        item.get("containerPort") for _, _, item in ports(server.workload.containers) if item.get("name") == name
    ]
    return numbers[0] if numbers and isinstance(numbers[0], int) else -1


def _peer_matches(repository: Repository, policy: Manifest, peer: dict[str, Any], other: Pods) -> bool:
    if "ipBlock" in peer:
        block = mapping(peer, "ipBlock")
        excepted = block.get("except")
        outside = any(_covers(str(item)) for item in (excepted if isinstance(excepted, list) else ()))
        return _covers(str(block.get("cidr"))) and not outside
    if "namespaceSelector" in peer:
        labels = {**_namespace_labels(repository).get(other.namespace, {}), contract.LABEL_NAMESPACE: other.namespace}
        if not selects(peer["namespaceSelector"], labels):
            return False
    elif other.namespace != policy.namespace:
        return False
    return "podSelector" not in peer or selects(peer["podSelector"], other.labels)


@lru_cache(maxsize=256)
def _covers(cidr: str) -> bool:
    try:
        return ip_address(_POD_ADDRESS) in ip_network(cidr, strict=False)
    except ValueError:
        return False


def _pods_of(repository: Repository, peer: contract.Peer) -> list[Pods]:
    return pod_index(repository).with_labels(repository.resolve(peer.namespace), peer.labels)


def _links(repository: Repository) -> Iterator[Link]:
    """The contract's connections between pods that are in the tree, and name resolution for their clients."""
    clients: dict[int, Pods] = {}
    for connection in contract.CONNECTIONS:
        servers = _pods_of(repository, connection.server)
        by_pool: dict[str | None, list[Pods]] = {}
        for server in servers:
            by_pool.setdefault(server.labels.get(contract.LABEL_POOL), []).append(server)
        for client in _pods_of(repository, connection.client):
            own = by_pool.get(client.labels.get(contract.LABEL_POOL)) or by_pool.get(None, [])
            if servers:
                clients[id(client)] = client
            yield from (Link(client, server, connection.port) for server in own)
    resolver = Pods(_DNS.namespace, _DNS.labels, None)
    yield from (Link(client, resolver, contract.DNS_PORT, "UDP") for client in clients.values())


@rule(
    "network-policy-shuts-out",
    "A NetworkPolicy that shuts out somebody who must come in",
    consequence="Connections run into their time-out, without a message that names the policy.",
    mend="Allow the client in the policy's ingress and the server in the client's egress.",
)
def network_policy_shuts_out(repository: Repository) -> Iterator[Hit]:
    """For every connection of the contract, egress of the client and ingress of the server; told once a policy."""
    told: set[tuple[int, str, int, str]] = set()
    for link in _links(repository):
        for direction in ("egress", "ingress"):
            policy = _blocking(repository, link, direction)
            other = link.server if direction == "egress" else link.client
            shown = other.title if direction == "egress" else _kind_of(other)
            if policy is None or (id(policy), direction, link.port, shown) in told:
                continue
            told.add((id(policy), direction, link.port, shown))
            yield Hit(
                policy,
                ("spec", direction),
                f"spec.{direction} does not let {link.client.title} reach {link.server.title} on port "
                f"{link.port}/{link.protocol}: every connection runs into its time-out",
                _mend(direction, link),
            )


def _kind_of(pods: Pods) -> str:
    """What pods of one sort have in common: a pool's agents are told once."""
    return ",".join(f"{key}={value}" for key, value in pods.labels.items() if key != contract.LABEL_POOL)


def _mend(direction: str, link: Link) -> str:
    own, other = (link.client, link.server) if direction == "egress" else (link.server, link.client)
    way = "to" if direction == "egress" else "from"
    return f"Allow {direction} {way} {other.title} on port {link.port} for {own.title}."


@rule(
    "network-policy-no-api-server",
    "A NetworkPolicy that keeps a pod from the API server which it has rights on",
    consequence="Its calls to the API server run into their time-out.",
    mend=f"Allow egress to the ports {' and '.join(map(str, contract.KUBERNETES_API_PORTS))} without naming a pod: the "
    "API server is none.",
)
def network_policy_no_api_server(repository: Repository) -> Iterator[Hit]:
    """For pods whose ServiceAccount a binding gives rights."""
    for pods in (item for group in pod_index(repository).by_namespace.values() for item in group):
        if pods.workload is None or (pods.namespace, pods.workload.account) not in bound_accounts(repository):
            continue
        governing = [item for item in _policies(repository).get(id(pods), ()) if _governs(item, "egress")]
        rules = [item for policy in governing for _, item in entries(policy.spec, "egress")]
        if governing and not any(_reaches_nodes(item, pods) for item in rules):
            yield Hit(
                governing[-1],
                ("spec", "egress"),
                f"spec.egress does not let {pods.title}, which has rights there, reach the API server: its calls run "
                "into their time-out",
            )


def _reaches_nodes(item: dict[str, Any], pods: Pods) -> bool:
    """Whether an egress rule leads to an address that is no pod's, on a port of the API server."""
    open_ports = (_port_matches(item, Link(pods, pods, port)) for port in contract.KUBERNETES_API_PORTS)
    return any(open_ports) and (not item.get("to") or any("ipBlock" in peer for _, peer in entries(item, "to")))


@rule(
    "network-policy-selects-nothing",
    "A NetworkPolicy that picks no pod",
    consequence="It guards nothing; the pods that it is meant for are as open as before.",
    mend="Make spec.podSelector the labels of the pods.",
)
def network_policy_selects_nothing(repository: Repository) -> Iterator[Hit]:
    """An empty selector is meant for all pods, those to come included."""
    for policy in repository.of("NetworkPolicy"):
        selector = mapping(policy.spec, "podSelector")
        if not selector or policy.namespace in known(repository).opaque or is_upstream(policy):
            continue
        if not pod_index(repository).matching(policy.namespace, selector):
            message = f"spec.podSelector picks no pod in {policy.namespace}: the policy guards nothing"
            yield Hit(policy, ("spec", "podSelector"), message)


@rule(
    "namespace-open",
    "A namespace with pods and no NetworkPolicy for all of them",
    severity="warning",
    consequence="Every pod in the cluster, a build step's too, can connect to its pods.",
    mend="Add a NetworkPolicy with an empty podSelector that denies ingress, and open what is needed beside it.",
)
def namespace_open(repository: Repository) -> Iterator[Hit]:
    """Namespaces of the tree with pods need a policy for all pods."""
    closed = {
        policy.namespace
        for policy in repository.of("NetworkPolicy")
        if not mapping(policy.spec, "podSelector") and _governs(policy, "ingress")
    }
    for manifest in repository.of("Namespace"):
        if manifest.name in pod_index(repository).by_namespace and manifest.name not in closed:
            message = f"no NetworkPolicy in {manifest.name} picks all its pods: everyone can connect to them"
            yield Hit(manifest, (), message)
