"""Rules between keys of config.yaml: what each value allows by itself, but not together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from urllib.parse import urlsplit

from generator import contract, versions
from generator.config.model import RESERVED_ADMIN, Config
from generator.config.problems import Problem, suggestion

# Ports of the node that k3s takes (https://docs.k3s.io/installation/requirements#networking).
_MIRROR_MINIMUM_SECONDS = 600


def cross_check(config: Config) -> list[Problem]:
    """Every problem that the keys have with one another, errors and warnings."""
    return list(chain.from_iterable(check(config) for check in _CHECKS))


def seconds(duration: str) -> float:
    """5400.0 for `1h30m`."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+)(ms|s|m|h)", duration))


def _service_urls(config: Config) -> Iterator[Problem]:
    expected = {
        ("gitea", "url"): (config.gitea.url, contract.GITEA, contract.GITEA_PORT),
        ("redis", "url"): (config.redis.url, contract.REDIS, contract.REDIS_PORT),
    }
    for path, (url, service, port) in expected.items():
        if url is None:
            continue
        host, given_port = urlsplit(url).hostname or "", urlsplit(url).port
        right = config.service_host(service)
        if ".svc." in f"{host}." and (
            host not in (right, f"{service}.{config.cluster.namespace}.svc") or given_port != port
        ):
            yield Problem(path, f"{host}:{given_port or ''} is no Service of this cluster; it is {right}:{port}")
        elif "." not in host and host != "localhost":
            yield Problem(path, f"{host} has no domain; a Service of this cluster is {right}:{port}")
        elif host in ("localhost", "127.0.0.1", "::1"):
            yield Problem(path, f"in a pod {host} is the pod itself; name the host as the cluster sees it")


def _git_repo(config: Config) -> Iterator[Problem]:
    path = ("flux", "git_repo")
    base, repo = config.gitea_url, config.git_repo
    if not repo.startswith(base + "/"):
        yield Problem(path, f"does not lie on gitea.url, {base}")
        return
    parts = repo[len(base) + 1 :].removesuffix(".git").split("/")
    if len(parts) != 2 or not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", part) for part in parts):
        yield Problem(path, f"is not {base}/<owner>/<repository>")


def _admin_user(config: Config) -> Iterator[Problem]:
    if config.gitea.admin_user == RESERVED_ADMIN:
        text = f"Gitea reserves the name {RESERVED_ADMIN}; {config.admin_username} is used instead"
        yield Problem(("gitea", "admin_user"), text, "warning")


def _flux_version(config: Config) -> Iterator[Problem]:
    path = ("flux", "version")
    flux, kubernetes = config.flux.version, config.kubernetes_minor
    minor = versions.flux_minor(flux)
    if minor not in versions.FLUX_KUBERNETES:
        known = versions.FLUX_KUBERNETES
        yield Problem(path, f"{flux} is not known; raibid-gen knows Flux v2.{min(known)} to v2.{max(known)}")
        return
    lowest, newest = versions.FLUX_KUBERNETES[minor]
    if kubernetes < lowest:
        yield Problem(path, f"{flux} refuses to start on Kubernetes 1.{kubernetes}; it needs 1.{lowest} or newer")
    elif newest and kubernetes > newest:
        yield Problem(path, f"{flux} is tested up to Kubernetes 1.{newest}, k3s brings 1.{kubernetes}", "warning")
    if flux not in versions.FLUX_CONTROLLERS and config.flux.manifest is None:
        carried = " and ".join(versions.FLUX_CONTROLLERS)
        text = f"raibid-gen carries the install manifests of {carried}; name that of {flux} in flux.manifest"
        yield Problem(path, text)


def _flux_components(config: Config) -> Iterator[Problem]:
    path = ("flux", "components")
    chosen = config.flux.components
    needed = versions.FLUX_COMPONENTS if config.flux.receiver else versions.FLUX_COMPONENTS[:3]
    for name in needed:
        if name not in chosen:
            yield Problem(path, f"{name} is missing; this cluster needs it")
    for name in chosen:
        if name not in versions.FLUX_COMPONENTS and config.flux.manifest is None:
            yield Problem(path, f"{name} is not in the manifest that raibid-gen carries; name one in flux.manifest")


def _keda_version(config: Config) -> Iterator[Problem]:
    path = ("keda", "version")
    version, kubernetes = config.keda.version, config.kubernetes_minor
    major, minor, _ = versions.chart_version(version)
    known = versions.KEDA_KUBERNETES
    if major != 2 or minor not in known:
        yield Problem(path, f"{version} is not known; raibid-gen knows KEDA 2.{min(known)} to 2.{max(known)}")
    elif minor in versions.KEDA_BROKEN_MINORS:
        yield Problem(path, f"{version} does not work here: {versions.KEDA_BROKEN_MINORS[minor]}; take 2.17 or newer")
    elif not known[minor][0] <= kubernetes <= known[minor][1]:
        low, high = known[minor]
        text = f"{version} is tested on Kubernetes 1.{low} to 1.{high}, k3s brings 1.{kubernetes}"
        yield Problem(path, text, "warning")


def _k3s(config: Config) -> Iterator[Problem]:
    k3s = config.k3s
    if k3s.rootless and k3s.nodes:
        yield Problem(("k3s", "nodes"), "rootless k3s cannot have more nodes; leave out nodes or rootless")
    if k3s.nodes and not any(node.role == "server" for node in k3s.nodes):
        yield Problem(("k3s", "nodes"), "no node is a server; give one `role: server`")
    yield from _twice(("k3s", "nodes"), "host", [node.host for node in k3s.nodes])
    own = {
        "data-dir": "k3s.data_dir",
        "disable": "k3s.disable",
        "rootless": "k3s.rootless",
        "cluster-domain": "cluster.domain",
    }
    for key in k3s.config:
        if key in own:
            yield Problem(("k3s", "config", key), f"is set by {own[key]}; set it there", at_key=True)
        elif "_" in key:
            yield Problem(
                ("k3s", "config", key),
                f"k3s spells its keys with hyphens: {key.replace('_', '-')}",
                at_key=True,
            )


def _ports(config: Config) -> Iterator[Problem]:
    taken: dict[int, str] = {}
    ports = {("gitea", "node_port"): config.gitea.node_port, ("api", "node_port"): config.api.node_port}
    for path, port in ports.items():
        if port in taken:
            yield Problem(path, f"port {port} is taken by {taken[port]}")
        elif port is not None:
            taken[port] = ".".join(path)


def _pools(config: Config) -> Iterator[Problem]:
    yield from _twice(("agents",), "name", [pool.name for pool in config.agents])
    streams: dict[str, str] = {}
    for number, pool in enumerate(config.agents):
        path = ("agents", number)
        if pool.min > pool.max:
            yield Problem((*path, "min"), f"min {pool.min} is above max {pool.max}")
        if pool.mode == "job" and pool.jobs_per_agent != 1:
            yield Problem((*path, "jobs_per_agent"), "an agent of `mode: job` runs one job; leave it out")
        if pool.timeout and seconds(pool.timeout) < 1:
            yield Problem((*path, "timeout"), "is shorter than a second")
        stream = config.stream(pool)
        if stream in streams:
            yield Problem((*path, "stream"), f"the stream {stream} is read by the pool {streams[stream]} too")
        streams.setdefault(stream, pool.name)


def _names_in_gitea(config: Config) -> Iterator[Problem]:
    mirrors = [
        mirror.name or mirror.repository.rstrip("/").split("/")[-1].removesuffix(".git")
        for mirror in config.gitea.mirrors
    ]
    own = [repository.name for repository in config.gitea.repositories]
    for number, name in enumerate(mirrors):
        if name in own:
            yield Problem(("gitea", "mirrors", number), f"the name {name} is taken by one of gitea.repositories")
    yield from _twice(("gitea", "mirrors"), "name", mirrors)
    yield from _twice(("gitea", "repositories"), "name", own)
    yield from _twice(("gitea", "users"), "name", [user.name for user in config.gitea.users])
    for number, mirror in enumerate(config.gitea.mirrors):
        if seconds(mirror.interval) < _MIRROR_MINIMUM_SECONDS:
            yield Problem(("gitea", "mirrors", number, "interval"), "Gitea refuses intervals below 10m")


def _tenants(config: Config) -> Iterator[Problem]:
    yield from _twice(("flux", "tenants"), "name", [tenant.name for tenant in config.flux.tenants])


def _namespaces(config: Config) -> Iterator[Problem]:
    reserved = (
        *contract.SYSTEM_NAMESPACES,
        contract.FLUX_NAMESPACE,
        contract.KEDA_NAMESPACE,
        contract.BUILD_NAMESPACE,
    )
    if config.cluster.namespace in reserved:
        text = f"{config.cluster.namespace} belongs to another component; choose one of your own"
        yield Problem(("cluster", "namespace"), text + suggestion(config.cluster.namespace, [contract.NAMESPACE]))


def _secrets(config: Config) -> Iterator[Problem]:
    if config.secrets.mode == "sops" and not config.secrets.age_recipients:
        yield Problem(("secrets", "age_recipients"), "`mode: sops` needs at least one age public key")
    if config.secrets.mode == "cluster" and config.secrets.age_recipients:
        yield Problem(("secrets", "age_recipients"), "are used in `mode: sops` only", "warning")


def _twice(path: tuple[str, ...], key: str, values: list[str]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, value in enumerate(values):
        if value.lower() in first:
            yield Problem(
                (*path, number, key),
                f"{value} is there twice; the first is {path[-1]}[{first[value.lower()]}]",
            )
        first.setdefault(value.lower(), number)


_CHECKS: tuple[Callable[[Config], Iterator[Problem]], ...] = (
    _namespaces,
    _service_urls,
    _git_repo,
    _admin_user,
    _flux_version,
    _flux_components,
    _keda_version,
    _k3s,
    _ports,
    _pools,
    _names_in_gitea,
    _tenants,
    _secrets,
)
