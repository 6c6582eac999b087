"""config.yaml: the agents and the API server."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.config.base import Resources, Section, section
from generator.config.types import (
    DnsName,
    Duration,
    Image,
    LabelKey,
    LabelValue,
    Port,
    ShortLabel,
    StreamName,
    VariableName,
    VariableValue,
)


class Toleration(Section):
    key: LabelKey | None = None
    """Taint key; none tolerates all."""
    operator: Literal["Equal", "Exists"] = "Equal"
    """How `value` is compared."""
    value: LabelValue | None = None
    """Taint value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Taint effect; none tolerates all."""


class Pool(Section):
    name: ShortLabel = "default"
    """Name of the pool; pipelines choose a pool by it."""
    image: Image | None = None
    """Image of the agents; without it the one that bootstrap puts into Gitea's registry."""
    mode: Literal["deployment", "job"] = "deployment"
    """`deployment`: agents stay for more jobs. `job`: a fresh pod for every job."""
    min: int = Field(default=0, ge=0, le=10_000)
    """Agents that are always there."""
    max: int = Field(default=4, ge=1, le=10_000)
    """Most agents at a time."""
    jobs_per_agent: int = Field(default=1, ge=1, le=100)
    """Jobs that an agent runs side by side; always 1 in `mode: job`."""
    timeout: Duration = "1h"
    """Longest time a job may take; an agent that has to go is given this long to finish."""
    resources: Resources = section()
    """What an agent gets."""
    node_selector: dict[LabelKey, LabelValue] = {}
    """Labels of the nodes that may run the agents."""
    tolerations: list[Toleration] = []
    """Taints that the agents tolerate."""
    gpu: int = Field(default=0, ge=0, le=64)
    """NVIDIA GPUs for each agent."""
    env: dict[VariableName, VariableValue] = {}
    """Environment of every job; no secrets, they would stand in Git."""
    build: Literal["buildkit", "none"] = "buildkit"
    """How images are built: by a rootless BuildKit in a pod of its own, or not at all."""
    stream: StreamName | None = None
    """Stream of the pool's jobs, where it is not the one that follows from `redis.stream_name`."""


class Ingress(Section):
    host: DnsName
    """Host name of the API server."""
    class_name: DnsName | None = None
    """IngressClass; without it the cluster's default (k3s: `traefik`)."""
    tls_secret: DnsName | None = None
    """Secret with the certificate."""


class Api(Section):
    image: Image | None = None
    """Image of the API server; without it the agents'."""
    resources: Resources = section(cpu="100m", memory="128Mi", ephemeral_storage="1Gi")
    """What the API server gets."""
    node_port: Port | None = None
    """Port on every node for the API and its page, from the same range as `gitea.node_port`."""
    ingress: Ingress | None = None
    """An Ingress for the API and its page."""
