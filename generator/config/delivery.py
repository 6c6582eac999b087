"""config.yaml: how the repository reaches the cluster, and where charts, images and secrets come from."""

from __future__ import annotations

from typing import Literal

from generator import versions
from generator.config.base import Section
from generator.config.types import (
    AgeRecipient,
    ChartUrl,
    DnsName,
    Duration,
    FileOrUrl,
    FluxVersion,
    GitBranch,
    HttpUrl,
    RegistryPrefix,
    RelativePath,
    ShortLabel,
)


class Tenant(Section):
    name: ShortLabel
    """Name of the tenant: its namespace `tenant-<name>`, and its source in Flux."""
    repository: HttpUrl
    """Repository that Flux applies into the tenant's namespace, with the tenant's rights only."""
    branch: GitBranch = "main"
    """Branch of it."""
    path: RelativePath = "./"
    """Folder in it."""
    secret: DnsName | None = None
    """Secret in the tenant's namespace with `username` and `password`, for a private repository."""

    @property
    def namespace(self) -> str:
        """Namespace that the tenant's objects live in."""
        return f"tenant-{self.name}"


class Flux(Section):
    version: FluxVersion = versions.CURRENT.flux
    """Release of Flux."""
    git_repo: HttpUrl | None = None
    """Repository that Flux reads: this one, in Gitea. Default `<gitea.url>/raibid/cluster-config`."""
    branch: GitBranch = "main"
    """Branch that Flux applies."""
    interval: Duration = "1m"
    """How often Flux looks for a new commit, webhook or not."""
    path: RelativePath | None = None
    """Folder that Flux applies: the one that is rendered, `./clusters/<cluster.name>`."""
    components: list[versions.FluxComponent] = list(versions.FLUX_COMPONENTS)
    """Controllers to install. The image ones come only with a `manifest`."""
    manifest: FileOrUrl | None = None
    """File or URL of Flux's install manifest. Without it that of the release: two versions are carried, others are
    fetched once and pinned in raibid.lock."""
    receiver: bool = True
    """A push to Gitea makes Flux reconcile at once."""
    tenants: list[Tenant] = []
    """Others' repositories, each applied with a service account of its own."""


class Monitoring(Section):
    exporters: bool = False
    """Serve metrics of Gitea and Redis."""
    pod_monitors: bool = False
    """PodMonitor objects; the Prometheus operator must be in the cluster."""
    dashboards: bool = False
    """Grafana dashboards as ConfigMaps, labelled for Grafana's sidecar."""


class Charts(Section):
    gitea: ChartUrl | None = None
    """Helm repository of the Gitea chart."""
    redis: ChartUrl | None = None
    """Helm repository of the valkey chart."""
    keda: ChartUrl | None = None
    """Helm repository of the KEDA chart."""


class Images(Section):
    prefix: RegistryPrefix | None = None
    """Registry and path that stand in for docker.io, ghcr.io and the like in every image's name."""


class Secrets(Section):
    mode: Literal["cluster", "sops"] = "cluster"
    """`cluster`: made once by bootstrap, never in Git. `sops`: in Git, encrypted for age."""
    age_recipients: list[AgeRecipient] = []
    """Public keys that secrets in Git are encrypted for."""
