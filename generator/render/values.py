"""What templates see: config.yaml, the contract's names, and what follows from both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from generator import contract, versions
from generator.config import Config
from generator.disk import digest
from generator.render.charts import (
    charts,
    gitea_values,
    helm_repository,
    keda_has_global_registry,
    keda_keeps_replicas,
)
from generator.render.components import Component, dependencies
from generator.render.environment import api_environment, redis_login
from generator.render.hardening import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    RESTRICTED,
    deployment_patch,
    flux_lockdown,
    namespaces,
)
from generator.render.images import buildkit_image, mirrored
from generator.render.monitoring import dashboard_json, pod_monitors
from generator.render.network import egress, peer
from generator.render.pools import agent_resources, node_selector
from generator.render.quantities import valkey_memory
from generator.render.sizes import redis_maxmemory, sizes

# Kustomization.spec.deletionPolicy came with Flux 2.5 (its release notes).
_DELETION_POLICY_SINCE = 5


def template_values(config: Config, components: Sequence[Component], overlays: frozenset[str]) -> dict[str, Any]:
    """The names that every template of a cluster can use; `overlays` are the components that the user overlays."""
    return {
        "api": versions.flux_api_versions(config.flux.version),
        "api_environment": api_environment(config),
        "buildkit_image": buildkit_image(config),
        "buildkitd_toml": _buildkitd_toml(config),
        "charts": charts(config),
        # For an annotation that changes with what a pod reads at its start.
        "checksum": lambda text: digest(text.encode()),
        "components": [component_values(config, component, components, overlays) for component in components],
        "config": config,
        "container_security": CONTAINER_SECURITY,
        "contract": contract,
        "dashboard_json": dashboard_json(config),
        "flux_lockdown": flux_lockdown,
        "flux_path": config.flux.path or f"./{config.folder}",
        "generator_version": contract.VERSION,
        "gitea": gitea_values(config),
        "gitea_patch": deployment_patch(contract.GITEA),
        "has_deletion_policy": versions.flux_minor(config.flux.version) >= _DELETION_POLICY_SINCE,
        "helm_repository": helm_repository,
        "keda_has_global_registry": keda_has_global_registry(config),
        "keda_keeps_replicas": keda_keeps_replicas(config),
        "labels": labels,
        "mirrored": partial(mirrored, config),
        "namespaces": namespaces(config),
        "node_selector": node_selector(config),
        "peer": partial(peer, config),
        "pod_monitors": pod_monitors(config),
        "pod_security": POD_SECURITY,
        "pools_json": json.dumps({pool.name: config.stream(pool) for pool in config.agents}, indent=2) + "\n",
        "redis_patch": deployment_patch(contract.REDIS, redis_login() if config.redis.auth else ()),
        "redis_permissions": redis_permissions(config),
        "resources": agent_resources,
        "sizes": sizes(config),
        "tenant_level": RESTRICTED,
        "valkey_conf": _valkey_conf(config),
        **egress(config),
    }


def component_values(
    config: Config, component: Component, present: Sequence[Component], overlays: frozenset[str]
) -> dict[str, Any]:
    """A component as templates/clusters/CLUSTER/COMPONENT.yaml sees it."""
    folder = f"{contract.OVERLAYS_FOLDER}/{component.name}" if component.name in overlays else component.folder
    return {
        "name": component.name,
        "folder": component.folder,
        "path": f"./{config.folder}/{folder}",
        "depends_on": dependencies(component, present),
        "timeout": component.timeout,
        "healthy_release": component.name if component.name == contract.GITEA and config.gitea.backup else None,
        "waits": component.waits,
        "keeps_data": component.keeps_data,
    }


def labels(name: str) -> dict[str, str]:
    """Labels of an object of ours (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/)."""
    return {contract.LABEL_NAME: name, contract.LABEL_PART_OF: contract.PART_OF}


def redis_permissions(config: Config) -> str:
    """The ACL of the programs' user: the CI's streams and keys, no administration
    (https://valkey.io/topics/acl/)."""
    first = config.redis.stream_name
    streams = [first, f"{first}.*", *(pool.stream for pool in config.agents if pool.stream)]
    keys = [f"~{name}" for name in dict.fromkeys(streams)] + [f"~{contract.KEY_PREFIX}*"]
    return " ".join([*keys, f"&{contract.KEY_PREFIX}*", "+@all", "-@admin", "-@dangerous", "+info"])


def _valkey_conf(config: Config) -> str:
    return (
        "appendonly yes\n"
        "appendfsync everysec\n"
        f"maxmemory {valkey_memory(redis_maxmemory(config))}\n"
        "maxmemory-policy noeviction\n"
    )


def _buildkitd_toml(config: Config) -> str:
    """Gitea's registry speaks plain HTTP inside the cluster; names in TOML strings are escaped as JSON's are.

    Without a limit BuildKit fills up to 100 GB (its `DetectDefaultGCCap`).
    """
    limit = '[worker.oci]\n  gc = true\n  maxUsedSpace = "40GB"\n'
    if not config.gitea_url.startswith("http:"):
        return limit
    return f"{limit}[registry.{json.dumps(config.registry)}]\n  http = true\n"
