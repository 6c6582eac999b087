"""Helm charts of a cluster: which, from where, and what their versions ask of the values."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from generator import contract, versions
from generator.config import Config
from generator.render.images import gitea_image

# The chart of KEDA learned `global.image.registry` after 2.12 (its values.yaml).
_KEDA_GLOBAL_REGISTRY_SINCE = (2, 13, 0)
# ScaledObject.spec.fallback.behavior came with KEDA 2.17 (its CRD).
_KEDA_FALLBACK_BEHAVIOR_SINCE = (2, 17, 0)
# Gitea 1.27 moved the list of allowed webhook hosts to [security]; chart 12.7.0 brings it.
_GITEA_127_CHART = (12, 7, 0)


class Chart(NamedTuple):
    """A chart and the Helm repository that it comes from; `url` may be oci://."""

    name: str
    version: str
    url: str


def charts(config: Config) -> dict[str, Chart]:
    """The charts of the components that are installed, by component."""
    found = {"keda": Chart("keda", config.keda.chart or config.keda.version, config.charts.keda or _KEDA)}
    if not config.redis_is_external:
        found["redis"] = Chart("valkey", config.redis.chart_version, config.charts.redis or _VALKEY)
    if not config.gitea_is_external:
        found["gitea"] = Chart("gitea", config.gitea.chart_version, config.charts.gitea or _gitea_url(config))
    return dict(sorted(found.items()))


_VALKEY = "https://valkey.io/valkey-helm/"
_KEDA = "https://kedacore.github.io/charts"


def _gitea_url(config: Config) -> str:
    version = versions.chart_version(config.gitea.chart_version)
    is_oci = version[:2] >= versions.GITEA_CHART_OCI_SINCE
    return "oci://docker.gitea.com/charts" if is_oci else "https://dl.gitea.com/charts/"


def helm_repository(url: str) -> dict[str, Any]:
    """The spec of a HelmRepository for `url`. An OCI one is only a name for its charts: it has no index to fetch."""
    if url.startswith("oci://"):
        return {"type": "oci", "interval": "1h", "url": url}
    return {"interval": "1h", "timeout": "2m", "url": url}


def keda_has_global_registry(config: Config) -> bool:
    """Whether KEDA's chart takes one registry for all its images."""
    return versions.chart_version(config.keda.chart or config.keda.version) >= _KEDA_GLOBAL_REGISTRY_SINCE


def keda_keeps_replicas(config: Config) -> bool:
    """Whether KEDA can leave the present number of agents alone while it cannot see the queue."""
    return versions.chart_version(config.keda.version) >= _KEDA_FALLBACK_BEHAVIOR_SINCE


def gitea_values(config: Config) -> dict[str, Any]:
    """What the Gitea templates need beyond config.yaml's keys."""
    version = versions.chart_version(config.gitea.chart_version)
    app = versions.GITEA_APP_VERSIONS.get(config.gitea.chart_version)
    is_127 = version >= _GITEA_127_CHART
    hosts = [config.service_host(contract.API), config.service_host(contract.RECEIVER_SERVICE, contract.FLUX_NAMESPACE)]
    return {
        "chart_version": version,
        "app_version": app,
        "image": gitea_image(config),
        "uses_valkey": version[:2] >= versions.GITEA_CHART_VALKEY_SINCE,
        "has_security_host_list": is_127,
        "server": _server(config, root_url_may_differ=is_127),
        "webhook_hosts": ",".join(hosts),
        "migration_domains": ",".join(_mirror_domains(config)),
        "backup_script": _BACKUP_SCRIPT,
    }


def _server(config: Config, *, root_url_may_differ: bool) -> dict[str, str]:
    """[server]. Before 1.26 the registry sends clients to ROOT_URL for a token, so it must resolve in every pod."""
    external = config.gitea.external_url if root_url_may_differ else None
    root = external or config.gitea_url
    return {
        "PROTOCOL": "http",
        "DOMAIN": urlsplit(root).hostname or "",
        "ROOT_URL": f"{root}/",
        "LOCAL_ROOT_URL": f"http://localhost:{contract.GITEA_PORT}/",
        "HTTP_PORT": str(contract.GITEA_PORT),
        "DISABLE_SSH": "true",
        "START_SSH_SERVER": "false",
        "OFFLINE_MODE": "true",
        "LFS_START_SERVER": "true",
    }


def _mirror_domains(config: Config) -> list[str]:
    urls = [mirror.repository for mirror in config.gitea.mirrors]
    hosts = {urlsplit(url).hostname or "github.com" for url in urls} | {"github.com"}
    return sorted(hosts)


# Dumps are written under another name first, so that a half-written one is never taken for a backup.
_BACKUP_SCRIPT = """\
cd /backup
rm -f unfinished.zip
mkdir -p "$GITEA_TEMP"
gitea --config "$GITEA_APP_INI" dump --skip-log --tempdir "$GITEA_TEMP" --file /backup/unfinished.zip
mv unfinished.zip "gitea-$(date -u +%Y%m%dT%H%M%SZ).zip"
ls -1 gitea-*.zip | sort -r | tail -n "+$((KEEP + 1))" | xargs -r rm -f --
"""
