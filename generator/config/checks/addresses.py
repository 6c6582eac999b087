"""Addresses that must meet: Services' URLs, the repository on Gitea, the folder that Flux applies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import normpath
from urllib.parse import SplitResult, urlsplit

from generator import contract
from generator.config.model import Config
from generator.config.problems import Place, Problem

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def services(config: Config) -> Iterator[Problem]:
    gitea = f"http://{config.service_host(contract.GITEA)}:{contract.GITEA_PORT}"
    redis = f"redis://{config.service_host(contract.REDIS)}:{contract.REDIS_PORT}"
    if config.gitea.url is not None:
        yield from _service(config, ("gitea", "url"), config.gitea.url, gitea)
    if config.redis.url is not None:
        yield from _service(config, ("redis", "url"), config.redis.url, redis)
        if urlsplit(config.redis.url).path not in ("", "/0"):
            yield Problem(("redis", "url"), "names a database; the queue lies in database 0, leave it out")


def _service(config: Config, path: Place, url: str, right: str) -> Iterator[Problem]:
    given, wanted = urlsplit(url), urlsplit(right)
    host = given.hostname or ""
    if host in _LOOPBACK:
        yield Problem(path, f"in a pod {host} is the pod itself; name the host as the cluster sees it")
    elif _looks_like_service(host, wanted, config.cluster.namespace):
        short = f"{wanted.scheme}://{(wanted.hostname or '').removesuffix('.' + config.cluster.domain)}:{wanted.port}"
        if url not in (right, short):
            yield Problem(path, f"{url} is no Service of this cluster; it is {right}")
    elif not re.search(r"[.:]", host):
        yield Problem(path, f"{host} has no domain, so it is no host outside; the Service of this cluster is {right}")


def _looks_like_service(host: str, wanted: SplitResult, namespace: str) -> bool:
    service = (wanted.hostname or "").split(".")[0]
    return ".svc." in f"{host}." or host in (service, f"{service}.{namespace}")


def git_repo(config: Config) -> Iterator[Problem]:
    path = ("flux", "git_repo")
    base, repo = config.gitea_url, config.git_repo
    if not repo.startswith(f"{base}/"):
        yield Problem(path, f"{repo} does not lie on Gitea, {base}")
        return
    parts = repo[len(base) + 1 :].removesuffix(".git").split("/")
    if len(parts) != 2 or not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", part) for part in parts):
        yield Problem(path, f"{repo} is not {base}/<owner>/<repository>")


def flux_path(config: Config) -> Iterator[Problem]:
    """Flux would apply nothing of ours elsewhere, and above it would take config.yaml for a manifest."""
    path = config.flux.path
    if path is not None and normpath(path) != config.folder:
        yield Problem(("flux", "path"), f"{path} is not the folder that is rendered, ./{config.folder}; leave it out")
