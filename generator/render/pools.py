"""What templates need to know of a pool of agents beyond its keys in config.yaml."""

from __future__ import annotations

from typing import Any

from generator import contract
from generator.config import Config
from generator.config.base import Resources
from generator.config.checks import seconds
from generator.config.workloads import Pool
from generator.render.environment import agent_environment
from generator.render.quantities import millicores

# An agent that has to go finishes its job and then still reports it and tidies up.
_FINISH_SECONDS = 60
# Pulling an image and starting, when an agent has a place to run; Kubernetes' own default for a whole rollout.
_START_SECONDS = 600


def pool_values(config: Config, pool: Pool) -> dict[str, Any]:
    """The pool as templates/clusters/CLUSTER/apps/agents/POOL sees it."""
    timeout = int(seconds(pool.timeout))
    return {
        "name": pool.name,
        "mode": pool.mode,
        "min": pool.min,
        "max": pool.max,
        "gpu": pool.gpu,
        "labels": _labels(pool),
        "image": pool.image or config.agent_image,
        "timeout_seconds": timeout,
        "grace_seconds": timeout + _FINISH_SECONDS,
        "progress_seconds": timeout + _FINISH_SECONDS + _START_SECONDS,
        "node_selector": {**node_selector(config), **pool.node_selector},
        "tolerations": [toleration.model_dump(exclude_none=True) for toleration in pool.tolerations],
        "disk": pool.resources.ephemeral_storage,
        "resources": _pool_resources(pool),
        "triggers": [_trigger(config, pool)],
        "environment": agent_environment(config, pool, timeout),
    }


def node_selector(config: Config) -> dict[str, str]:
    """Nodes for images that are built for one machine type only, as the agents' is."""
    return {"kubernetes.io/arch": config.cluster.arch}


def _labels(pool: Pool) -> dict[str, str]:
    return {
        contract.LABEL_NAME: contract.AGENT,
        contract.LABEL_COMPONENT: "agent",
        contract.LABEL_PART_OF: contract.PART_OF,
        contract.LABEL_POOL: pool.name,
    }


def _pool_resources(pool: Pool) -> dict[str, Any]:
    sized = agent_resources(pool.resources)
    if pool.gpu:
        sized["requests"]["nvidia.com/gpu"] = sized["limits"]["nvidia.com/gpu"] = str(pool.gpu)
    return sized


def agent_resources(size: Resources) -> dict[str, Any]:
    """A container's `resources` for sizes that config.yaml gives."""
    requests = {"cpu": size.cpu, "memory": size.memory, "ephemeral-storage": size.ephemeral_storage}
    # A CPU may be used while nobody else wants it; memory and disk may not be promised twice.
    limits = {**requests, "cpu": f"{2 * millicores(size.cpu)}m"}
    return {"requests": requests, "limits": limits}


def _trigger(config: Config, pool: Pool) -> dict[str, Any]:
    """KEDA's redis-streams trigger by XLEN. Entries go when their job ends, so the length is waiting + running.

    Without `consumerGroup`: with one KEDA ignores streamLength, and the lag that it reads then misses running jobs
    (https://keda.sh/docs/latest/scalers/redis-streams/).
    """
    metadata = {
        "address": config.redis_address,
        "stream": config.stream(pool),
        "streamLength": str(pool.jobs_per_agent),
        "activationLagCount": "0",
    }
    if config.redis_url.startswith("rediss:"):
        metadata["enableTLS"] = "true"
    trigger: dict[str, Any] = {"type": "redis-streams", "metadata": metadata}
    if config.redis.auth:
        trigger["authenticationRef"] = {"name": contract.AGENT}
    return trigger
