"""config.yaml: the services that the CI stands on."""

from __future__ import annotations

from pydantic import Field

from generator import contract, versions
from generator.config.base import Section, Storage, section
from generator.config.types import (
    ChartVersion,
    Duration,
    Email,
    GiteaName,
    HttpUrl,
    MirrorSource,
    Port,
    Quantity,
    RedisUrl,
    RepositoryName,
    Schedule,
    StreamName,
)


class Mirror(Section):
    repository: MirrorSource
    """`owner/name` on GitHub, or an https URL."""
    name: RepositoryName | None = None
    """Name in Gitea; without it the last part of `repository`."""
    interval: Duration = "8h"
    """How often Gitea fetches it; at least 10m."""
    private: bool = False
    """Visible to the organization only."""

    @property
    def repository_name(self) -> str:
        """Its name in Gitea."""
        return self.name or self.repository.rstrip("/").rpartition("/")[2].removesuffix(".git")


class User(Section):
    name: GiteaName
    """Login name."""
    email: Email
    """E-mail address, unique in Gitea."""
    admin: bool = False
    """Administrator of Gitea."""


class Repository(Section):
    name: RepositoryName
    """Name of a repository that bootstrap makes in the organization."""
    description: str = Field(default="", max_length=2048)
    """One line about it."""
    private: bool = True
    """Visible to the organization only."""


class Backup(Section):
    schedule: Schedule = "30 2 * * *"
    """When a dump of Gitea is written (cron, UTC)."""
    keep: int = Field(default=7, ge=1, le=1000)
    """How many dumps are kept."""
    storage: Storage = section()
    """The volume for the dumps."""


class Gitea(Section):
    url: HttpUrl | None = None
    """Gitea's URL. In the cluster: `http://gitea.<namespace>.svc.<domain>:3000`, the default.
    A URL outside the cluster means: use that server and install none."""
    admin_user: GiteaName = "raibid-admin"
    """Administrator's login. Gitea reserves `admin`; `raibid-admin` is used in its place."""
    admin_email: Email = "admin@raibid.local"
    """Administrator's e-mail address."""
    chart_version: ChartVersion = versions.CURRENT.gitea
    """Version of Gitea's Helm chart."""
    organization: GiteaName | None = None
    """Organization that owns the CI's repositories; without it the owner in `flux.git_repo`."""
    storage: Storage = section()
    """Volume for repositories, packages and the database."""
    node_port: Port = contract.GITEA_NODE_PORT
    """Port on every node for Gitea and its registry, through which containerd pulls images: 30000 to 32767, unless
    `k3s.config` sets another `service-node-port-range`."""
    external_url: HttpUrl | None = None
    """URL under which people reach Gitea, where it is not `url`; links use it."""
    mirrors: list[Mirror] = []
    """Repositories from elsewhere that Gitea keeps copies of."""
    users: list[User] = []
    """Users that bootstrap makes; each gets a password that is shown once."""
    repositories: list[Repository] = []
    """Repositories that bootstrap makes."""
    backup: Backup | None = None
    """Regular dumps to a second volume; `{}` turns them on with defaults."""


class Redis(Section):
    url: RedisUrl | None = None
    """URL of the queue. In the cluster: `redis://redis.<namespace>.svc.<domain>:6379`, the default.
    A URL outside the cluster means: use that server and install none."""
    stream_name: StreamName = contract.STREAM
    """Stream of the first pool's jobs; another pool's is `<stream_name>.<pool>`."""
    consumer_group: StreamName = contract.GROUP
    """Consumer group of the agents."""
    storage: Storage = section(size="2Gi")
    """Volume for the append-only file."""
    chart_version: ChartVersion = versions.CURRENT.redis
    """Version of the valkey-io Helm chart."""
    auth: bool = True
    """Ask for a password; it is kept in a Secret."""
    maxmemory: Quantity | None = None
    """Memory for data; full, it refuses new jobs. Without it three quarters of what the profile reserves."""


class Keda(Section):
    version: ChartVersion = versions.CURRENT.keda
    """Release of KEDA."""
    chart: ChartVersion | None = None
    """Version of KEDA's Helm chart, where it is not that of the release."""
    polling_interval: int = Field(default=10, ge=1, le=3600)
    """Seconds between two looks at the queue."""
    cooldown_period: int = Field(default=300, ge=0, le=86400)
    """Seconds without a job until the last agent goes."""
