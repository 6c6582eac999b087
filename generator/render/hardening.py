"""What every pod of ours has alike: Pod Security's `restricted` level and a read-only root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator import contract
from generator.config import Config

POD_SECURITY: dict[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": contract.USER_ID,
    "runAsGroup": contract.USER_ID,
    "fsGroup": contract.USER_ID,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER_SECURITY: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
}

# Flux's controllers that follow references between namespaces unless they are told not to.
_WITH_REFERENCES = (
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
    "image-automation-controller",
)

RESTRICTED = "restricted"
PRIVILEGED = "privileged"


def namespaces(config: Config) -> dict[str, str]:
    """The namespaces that we make, each with its Pod Security level."""
    levels = {config.cluster.namespace: RESTRICTED, contract.KEDA_NAMESPACE: RESTRICTED}
    if config.builds_images:
        levels[contract.BUILD_NAMESPACE] = PRIVILEGED
    return levels


def deployment_patch(name: str, environment: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A patch for a chart's Deployment `name`: no service links, more environment for the container of that name."""
    pod: dict[str, Any] = {"enableServiceLinks": False}
    if environment:
        pod["containers"] = [{"name": name, "env": list(environment)}]
    spec = {"template": {"spec": pod}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def flux_lockdown(name: str) -> list[dict[str, str]]:
    """A JSON patch (RFC 6902) for Flux's controller `name` in a cluster with tenants."""
    arguments = ["--no-cross-namespace-refs=true"] if name in _WITH_REFERENCES else []
    if name == "kustomize-controller":
        arguments.append("--no-remote-bases=true")
    path = "/spec/template/spec/containers/0/args/-"
    return [{"op": "add", "path": path, "value": argument} for argument in arguments]
