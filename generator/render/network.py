"""Parts of NetworkPolicies: who a peer is, and the openings that several components share."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from generator import contract
from generator.config import Config

Rule = dict[str, Any]

# The nodes and what stands beside them: private, carrier-grade, link-local (cloud metadata) and loopback addresses.
_NOT_THE_INTERNET = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
_NOT_THE_INTERNET_V6 = ["::1/128", "fc00::/7", "fe80::/10"]


def peer(config: Config, pods: contract.Peer) -> Rule:
    """The peer of a rule, for pods that the contract names."""
    return {
        "namespaceSelector": {"matchLabels": {contract.LABEL_NAMESPACE: namespace(config, pods)}},
        "podSelector": {"matchLabels": pods.labels},
    }


def namespace(config: Config, pods: contract.Peer) -> str:
    """The namespace that the contract's peer has in this cluster."""
    return config.cluster.namespace if pods.namespace == contract.NAMESPACE else pods.namespace


def egress(config: Config) -> dict[str, list[Rule]]:
    """The openings outwards that templates put together, by name."""
    return {
        "egress_to_gitea": _to_service(config, config.gitea_url, contract.GITEA_PODS),
        "egress_to_redis": _to_service(config, config.redis_url, contract.REDIS_PODS),
        # The API server is a process of the node, which no selector can name.
        "egress_to_kubernetes": [{"ports": [{"port": port} for port in contract.KUBERNETES_API_PORTS]}],
        "egress_to_internet": [_internet()],
        "egress_to_dns": [_dns()],
    }


def _to_service(config: Config, url: str, pods: contract.Peer) -> list[Rule]:
    if config.is_in_cluster(url):
        ports = {rule.port for rule in contract.CONNECTIONS if rule.server == pods}
        return [{"to": [peer(config, pods)], "ports": [{"port": port} for port in sorted(ports)]}]
    split = urlsplit(url)
    default = {"http": 80, "https": 443}.get(split.scheme, contract.REDIS_PORT)
    return [{"ports": [{"port": split.port or default}]}]


def _internet() -> Rule:
    return {
        "to": [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": _NOT_THE_INTERNET}},
            {"ipBlock": {"cidr": "::/0", "except": _NOT_THE_INTERNET_V6}},
        ],
        "ports": [{"port": 80}, {"port": 443}],
    }


def _dns() -> Rule:
    return {
        "to": [{"namespaceSelector": {"matchLabels": {contract.LABEL_NAMESPACE: "kube-system"}}}],
        "ports": [{"protocol": protocol, "port": contract.DNS_PORT} for protocol in ("UDP", "TCP")],
    }
