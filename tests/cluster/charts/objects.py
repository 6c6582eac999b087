"""What others rely on in the objects that a chart makes: names, labels, selectors, ports, containers, images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

# Their values carry a version, and nothing selects by them.
_VERSION_LABELS: Final = frozenset({"app.kubernetes.io/version", "helm.sh/chart", "version"})

Facts = dict[str, dict[str, Any]]
"""By "kind name"; what an object does not have is left out."""


def facts(manifests: Iterable[dict[str, Any]]) -> Facts:
    """The facts of rendered manifests."""
    return {f"{each['kind']} {each['metadata']['name']}": _facts(each) for each in manifests}


def _facts(manifest: dict[str, Any]) -> dict[str, Any]:
    spec = manifest.get("spec", {})
    match manifest["kind"]:
        case "Deployment":
            pod = spec["template"]["spec"]
            found = {
                "selector": spec["selector"]["matchLabels"],
                "labels": _labels(spec["template"]["metadata"]["labels"]),
                "account": pod.get("serviceAccountName"),
                "init": {each["name"]: _container(each) for each in pod.get("initContainers", ())},
                "containers": {each["name"]: _container(each) for each in pod["containers"]},
                "volumes": dict(sorted(filter(None, map(_volume, pod["volumes"])))),
            }
        case "Service":
            ports = {each["name"]: [each["port"], each["targetPort"]] for each in spec["ports"]}
            found = {"selector": spec["selector"], "ports": ports}
        case "PersistentVolumeClaim":
            found = {"annotations": manifest["metadata"].get("annotations")}
        case "APIService":
            found = {"service": spec["service"]["name"]}
        case "ValidatingWebhookConfiguration":
            paths = [each["clientConfig"]["service"]["path"] for each in manifest["webhooks"]]
            found = {"paths": sorted(paths)}
        case "ClusterRoleBinding" | "RoleBinding":
            found = {"role": manifest["roleRef"]["name"], "accounts": [each["name"] for each in manifest["subjects"]]}
        case _:
            found = {}
    return {name: value for name, value in found.items() if value}


def _labels(labels: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in sorted(labels.items()) if name not in _VERSION_LABELS}


def _container(container: dict[str, Any]) -> dict[str, Any]:
    ports = {each["name"]: each["containerPort"] for each in container.get("ports", ())}
    probes = [name for name in ("livenessProbe", "readinessProbe", "startupProbe") if name in container]
    found = {"image": container["image"], "ports": ports, "probes": probes}
    return {name: value for name, value in found.items() if value}


def _volume(volume: dict[str, Any]) -> tuple[str, str] | None:
    """Name and object of a volume that stands on another object."""
    for kind, key in (("secret", "secretName"), ("configMap", "name"), ("persistentVolumeClaim", "claimName")):
        if kind in volume:
            return volume["name"], f"{kind} {volume[kind][key]}"
    return None
