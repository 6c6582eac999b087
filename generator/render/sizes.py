"""CPU and memory of every workload, for each of config.yaml's profiles.

The requests of a component's workloads add up to its row in the resource tables of the user's own infrastructure
document ("Minimum per Component", "Recommended for Production"); its MB are taken as MiB. Limits leave room for peaks.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from generator import contract, versions
from generator.config import Config
from generator.render.quantities import in_bytes


class Size(NamedTuple):
    """Requests and limits of one container: CPU in millicores, memory in MiB."""

    cpu: int
    memory: int
    cpu_limit: int
    memory_limit: int

    def resources(self) -> dict[str, dict[str, str]]:
        """As a container's `resources`."""
        return {
            "requests": {"cpu": f"{self.cpu}m", "memory": f"{self.memory}Mi"},
            "limits": {"cpu": f"{self.cpu_limit}m", "memory": f"{self.memory_limit}Mi"},
        }


SIZES: dict[str, dict[str, Size]] = {
    "minimum": {
        contract.GITEA: Size(500, 512, 2000, 1024),
        contract.REDIS: Size(250, 256, 1000, 512),
        contract.KEDA_OPERATOR: Size(60, 64, 1000, 512),
        contract.KEDA_METRICS: Size(20, 32, 500, 256),
        contract.KEDA_WEBHOOKS: Size(20, 32, 500, 256),
        **{name: Size(50, 64, 1000, 512) for name in versions.FLUX_COMPONENTS},
    },
    "recommended": {
        contract.GITEA: Size(1000, 1024, 4000, 2048),
        contract.REDIS: Size(500, 512, 2000, 1024),
        contract.KEDA_OPERATOR: Size(100, 128, 1000, 1024),
        contract.KEDA_METRICS: Size(50, 64, 1000, 512),
        contract.KEDA_WEBHOOKS: Size(50, 64, 500, 256),
        **{name: Size(75, 128, 1000, 1024) for name in versions.FLUX_COMPONENTS},
    },
}
# Small helpers beside the components; the same in both profiles.
SMALL = Size(10, 32, 200, 128)
# Gitea's command line, run before the server starts.
GITEA_INIT = Size(50, 128, 1000, 512)
BUILDKIT = Size(500, 512, 4000, 8192)


def sizes(config: Config) -> dict[str, Any]:
    """`resources` of every workload that has a fixed size, by the workload's name."""
    chosen = {name: size.resources() for name, size in SIZES[config.cluster.profile].items()}
    chosen[contract.REDIS] = _redis(config).resources()
    others = {"small": SMALL, "gitea_init": GITEA_INIT, "buildkit": BUILDKIT}
    return {**chosen, **{name: size.resources() for name, size in others.items()}}


def _redis(config: Config) -> Size:
    """The queue's size: for `redis.maxmemory` the same room beside the data as without it, or the kernel ends it."""
    size = SIZES[config.cluster.profile][contract.REDIS]
    if config.redis.maxmemory is None:
        return size
    memory = max(size.memory, math.ceil(in_bytes(config.redis.maxmemory) / 2**20 * 4 / 3))
    return size._replace(memory=memory, memory_limit=max(size.memory_limit, 2 * memory))


def redis_maxmemory(config: Config) -> str:
    """The queue's memory for data: three quarters of what is reserved, so that a rewrite of the file has room."""
    megabytes = SIZES[config.cluster.profile][contract.REDIS].memory * 3 // 4
    return config.redis.maxmemory or f"{megabytes}Mi"
