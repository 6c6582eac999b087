"""Rules between keys of config.yaml: what each value allows by itself, but not together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from generator.config.checks import addresses, cluster, gitea, pools, versions
from generator.config.model import Config
from generator.config.problems import Place, Problem
from generator.config.types import seconds

__all__ = ["cross_check", "seconds"]


class _Check(NamedTuple):
    """A rule and the keys that it reads; it is left out while one of them has a problem of its own."""

    find: Callable[[Config], Iterator[Problem]]
    reads: tuple[str, ...]


_HOSTS = ("cluster.namespace", "cluster.domain", "gitea.url")

_CHECKS = (
    _Check(cluster.namespaces, ("cluster.namespace", "flux.tenants")),
    _Check(cluster.k3s, ("k3s", "cluster.domain")),
    _Check(cluster.node_ports, ("k3s.config", "gitea.node_port", "api.node_port")),
    _Check(cluster.secrets, ("secrets",)),
    _Check(addresses.services, (*_HOSTS, "redis.url")),
    _Check(addresses.git_repo, (*_HOSTS, "flux.git_repo")),
    _Check(addresses.flux_path, ("cluster.name", "flux.path")),
    _Check(versions.flux, ("k3s.version", "flux.version")),
    _Check(versions.flux_components, ("flux.version", "flux.components", "flux.manifest", "flux.receiver")),
    _Check(versions.keda, ("k3s.version", "keda.version", "keda.chart")),
    _Check(versions.gitea_chart, (*_HOSTS, "gitea.chart_version", "gitea.backup")),
    _Check(versions.redis_chart, ("redis.chart_version", "redis.url", "cluster.domain")),
    _Check(gitea.admin, ("gitea.admin_user",)),
    _Check(gitea.accounts, (*_HOSTS, "gitea", "flux.git_repo")),
    _Check(gitea.repositories, (*_HOSTS, "gitea", "flux.git_repo")),
    _Check(pools.pools, ("agents", "redis.stream_name")),
)


def cross_check(config: Config, faults: Iterable[Place] = ()) -> list[Problem]:
    """Every problem that the keys have with one another, errors and warnings.

    `faults` are the keys whose values `config` has only by default, because their own were refused.
    """
    faulty = {tuple(step for step in path if isinstance(step, str)) for path in faults}
    found: list[Problem] = []
    for check in _CHECKS:
        if not any(_touch(fault, tuple(key.split("."))) for fault in faulty for key in check.reads):
            found.extend(check.find(config))
    return found


def _touch(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one key is the other, or lies within it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
