"""The sets of schemas in generator/schemas/, and where each comes from. Pure but for `build_*`, which need Go modules.

A set is a folder `<name>/<version>/` of files that `kinds` names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from generator.yamlio import read_documents
from tools.vendoring.go import Module, Programs, controller_gen, copy_folder, download
from tools.vendoring.kinds import Files, custom_files, definitions_in, kubernetes_files, object_meta
from tools.vendoring.schema import Schema

SWAGGER: Final = "api/openapi-spec/swagger.json"
# What is rendered, and what a user is likely to put beside it.
KUBERNETES_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "v1": (
        "ConfigMap",
        "Endpoints",
        "LimitRange",
        "Namespace",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
    "admissionregistration.k8s.io/v1": ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
    "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
    "apiregistration.k8s.io/v1": ("APIService",),
    "apps/v1": ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "batch/v1": ("CronJob", "Job"),
    "coordination.k8s.io/v1": ("Lease",),
    "discovery.k8s.io/v1": ("EndpointSlice",),
    "networking.k8s.io/v1": ("Ingress", "IngressClass", "NetworkPolicy"),
    "node.k8s.io/v1": ("RuntimeClass",),
    "policy/v1": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io/v1": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    "scheduling.k8s.io/v1": ("PriorityClass",),
    "storage.k8s.io/v1": ("StorageClass",),
}
KUBERNETES: Final[Mapping[str, Module]] = {
    "kubernetes/v1.28": Module("k8s.io/kubernetes", "v1.28.5"),
    "kubernetes/v1.36": Module("k8s.io/kubernetes", "v1.36.3"),
}
KEDA: Final[Mapping[str, Module]] = {
    "keda/v2.12": Module("github.com/kedacore/keda/v2", "v2.12.0"),
    "keda/v2.21": Module("github.com/kedacore/keda/v2", "v2.21.0"),
}
MONITORING: Final[Mapping[str, Module]] = {
    "monitoring/v0.95": Module("github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring", "v0.95.1"),
}
MONITORING_GENERATOR: Final = controller_gen("v0.21.0")
MONITORING_RESOURCES: Final = ("podmonitors", "prometheusrules", "servicemonitors")
# Made of the definitions in the install manifest of that version.
FLUX: Final[Mapping[str, str]] = {"flux/v2.2": "v2.2.0", "flux/v2.9": "v2.9.5"}
# `metadata` has the same fields in every version that we know; custom resources take this one's.
METADATA: Final = KUBERNETES["kubernetes/v1.36"]


def swagger(module: Module) -> Schema:
    """Kubernetes' OpenAPI, version 2."""
    text = (download(module) / SWAGGER).read_text(encoding="utf-8")
    return dict(json.loads(text))


def build_kubernetes(module: Module) -> Files:
    """The files of a set of KUBERNETES."""
    return kubernetes_files(swagger(module), KUBERNETES_KINDS)


def build_metadata() -> Schema:
    """The schema of a custom resource's `metadata`."""
    return object_meta(swagger(METADATA))


def build_keda(module: Module, metadata: Schema, programs: Programs, work: Path) -> Files:
    """The files of a set of KEDA. KEDA's own kustomization patches what is generated, so it is built first."""
    copy_folder(module, "config/crd", work / "crd")
    return files_of_manifest(programs.kustomize(work / "crd"), metadata)


def build_monitoring(module: Module, metadata: Schema, programs: Programs, work: Path) -> Files:
    """The files of a set of MONITORING."""
    copy_folder(module, ".", work / "api")
    programs.definitions(MONITORING_GENERATOR, work / "api", work / "crd")
    texts = (
        path.read_text(encoding="utf-8")
        for resource in MONITORING_RESOURCES
        for path in (work / "crd").glob(f"*_{resource}.yaml")
    )
    return files_of_manifest("\n---\n".join(texts), metadata)


def files_of_manifest(manifest: str, metadata: Schema) -> Files:
    """The files of the custom resources that a manifest, YAML of several documents, defines."""
    return custom_files(definitions_in(_objects(manifest)), metadata)


def _objects(manifest: str) -> Iterator[Schema]:
    return (document.value for document in read_documents(manifest) if document.value)
