"""The whole of config.yaml, and what follows from it for every part that reads it."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import urlsplit

from pydantic import Field

from generator import contract, versions
from generator.config.base import Section, section
from generator.config.delivery import Charts, Flux, Images, Monitoring, Secrets
from generator.config.platform import Cluster, K3s
from generator.config.services import Gitea, Keda, Redis
from generator.config.workloads import Api, Pool

DEFAULT_OWNER = "raibid"
DEFAULT_REPOSITORY = "cluster-config"
# Gitea refuses to make a user of this name (models/user/user.go, reserved names).
RESERVED_ADMIN = "admin"


class Config(Section):
    """The whole of config.yaml. Every key has a default, so that `{}` is a valid configuration."""

    cluster: Cluster = section()
    """The cluster as a whole."""
    k3s: K3s = section()
    """The Kubernetes distribution."""
    gitea: Gitea = section()
    """Git server and OCI registry."""
    redis: Redis = section()
    """Job queue: Redis Streams, served by Valkey."""
    keda: Keda = section()
    """Autoscaler of the agents."""
    flux: Flux = section()
    """GitOps: applies this repository."""
    agents: list[Pool] = Field(default=[{}], validate_default=True, max_length=20_000)
    """Pools of CI agents."""
    api: Api = section()
    """API server and web page."""
    monitoring: Monitoring = section()
    """Metrics and dashboards, all off by default."""
    charts: Charts = section()
    """Mirrors of the Helm repositories."""
    images: Images = section()
    """Mirror of the image registries."""
    secrets: Secrets = section()
    """Where passwords and tokens are kept."""

    @cached_property
    def gitea_url(self) -> str:
        """Gitea's URL as every pod uses it."""
        return self.gitea.url or f"http://{self.service_host(contract.GITEA)}:{contract.GITEA_PORT}"

    @cached_property
    def gitea_is_external(self) -> bool:
        """Whether Gitea is somebody else's, so that none is installed."""
        return not self.is_in_cluster(self.gitea_url)

    @cached_property
    def redis_url(self) -> str:
        """The queue's URL as every pod uses it."""
        return self.redis.url or f"redis://{self.service_host(contract.REDIS)}:{contract.REDIS_PORT}"

    @cached_property
    def redis_is_external(self) -> bool:
        """Whether the queue's server is somebody else's, so that none is installed."""
        return not self.is_in_cluster(self.redis_url)

    @cached_property
    def redis_address(self) -> str:
        """`host:port` of the queue, as KEDA's trigger wants it."""
        url = urlsplit(self.redis_url)
        return f"{url.hostname}:{url.port or contract.REDIS_PORT}"

    @cached_property
    def git_repo(self) -> str:
        """URL of the repository that Flux reads."""
        return self.flux.git_repo or f"{self.gitea_url}/{DEFAULT_OWNER}/{DEFAULT_REPOSITORY}"

    @cached_property
    def organization(self) -> str:
        """The organization in Gitea that owns the CI's repositories."""
        return self.gitea.organization or urlsplit(self.git_repo).path.strip("/").split("/")[0]

    @cached_property
    def admin_username(self) -> str:
        """Login of Gitea's administrator."""
        return "raibid-admin" if self.gitea.admin_user == RESERVED_ADMIN else self.gitea.admin_user

    @cached_property
    def registry(self) -> str:
        """`host:port` of Gitea's registry in image names."""
        return urlsplit(self.gitea_url).netloc

    @cached_property
    def agent_image(self) -> str:
        """Image of agents and API server where none is named; bootstrap puts it there."""
        return f"{self.registry}/{self.organization.lower()}/{contract.AGENT}:{contract.VERSION}"

    @cached_property
    def kubernetes_minor(self) -> int:
        """36 for Kubernetes 1.36."""
        return versions.kubernetes_minor(self.k3s.version)

    @cached_property
    def builds_images(self) -> bool:
        """Whether any pool builds images, so that BuildKit is needed."""
        return any(pool.build == "buildkit" for pool in self.agents)

    @cached_property
    def is_monitored(self) -> bool:
        """Whether there is anything to put into the monitoring folder."""
        return self.monitoring.pod_monitors or self.monitoring.dashboards

    @cached_property
    def folder(self) -> str:
        """The cluster's folder in the repository, `clusters/<name>`."""
        return f"{contract.CLUSTERS_FOLDER}/{self.cluster.name}"

    def stream(self, pool: Pool) -> str:
        """The stream of a pool's jobs."""
        first = pool is self.agents[0]
        return pool.stream or contract.pool_stream(self.redis.stream_name, pool.name, first=first)

    def service_host(self, service: str, namespace: str | None = None) -> str:
        """DNS name of a Service, in the cluster's own namespace unless another is named."""
        return f"{service}.{namespace or self.cluster.namespace}.svc.{self.cluster.domain}"

    def is_in_cluster(self, url: str) -> bool:
        """Whether a URL's host is a Service of this cluster."""
        host = urlsplit(url).hostname or ""
        return host.endswith((".svc", f".svc.{self.cluster.domain}"))
