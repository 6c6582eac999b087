"""Rules on pods as such: what the API server refuses, ports, images, probes, resources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from generator import contract
from generator.check.lint.registry import Hit, once, rule
from generator.check.lint.selectors import pod_index, selects
from generator.check.lint.workloads import Container, own_workloads, workloads
from generator.check.repository.objects import Manifest, Repository, dig, entries, mapping

_PORT_NAME = re.compile(r"(?=[a-z0-9-]*[a-z])(?!.*--)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


def ports(containers: tuple[Container, ...]) -> Iterator[tuple[Container, int, dict[str, Any]]]:
    """Every port of the containers, with its position."""
    for container in containers:
        for position, port in entries(container.value, "ports"):
            yield container, position, port


@rule(
    "port-duplicate",
    "Two ports of one pod with the same name or number",
    consequence="The API server refuses the pod, or one of two containers cannot listen and crashes.",
    mend="Give each port its own name and number.",
)
def port_duplicate(repository: Repository) -> Iterator[Hit]:
    """Names, and number with protocol, must be unique within a pod; init containers run before the others."""
    for workload in workloads(repository):
        regular = tuple(item for item in workload.containers if "initContainers" not in item.place)
        seen: set[tuple[str, str]] = set()
        for container, position, port in ports(regular):
            name, number = port.get("name"), f"{port.get('containerPort')}/{port.get('protocol', 'TCP')}"
            for key, said in ((("name", str(name)), "name"), (("number", number), "containerPort")):
                if key in seen and port.get(said) is not None:
                    written = port.get(said)
                    yield Hit(
                        workload.manifest,
                        (*container.place, "ports", position),
                        f"container {container.label}: ports[{position}].{said}: {written} is there twice in the "
                        "pod: the API server refuses it, or the second one cannot listen",
                    )
                seen.add(key)


@rule(
    "port-name",
    "A port name that Kubernetes does not allow",
    consequence="The API server refuses the object.",
    mend="Use at most 15 small letters, digits and single hyphens, with at least one letter.",
)
def port_name(repository: Repository) -> Iterator[Hit]:
    """IANA service names (RFC 6335): 1 to 15 characters."""
    for workload in workloads(repository):
        for container, position, port in ports(workload.containers):
            name = port.get("name")
            if name is not None and (len(str(name)) > 15 or not _PORT_NAME.fullmatch(str(name))):
                yield Hit(
                    workload.manifest,
                    (*container.place, "ports", position, "name"),
                    f"container {container.label}: ports[{position}].name: {name} is no port name: the API server "
                    "refuses the pod",
                )


@rule(
    "workload-selector",
    "A workload whose selector does not pick its own pods",
    consequence="The API server refuses the object.",
    mend="Make spec.selector.matchLabels a part of spec.template.metadata.labels.",
)
def workload_selector(repository: Repository) -> Iterator[Hit]:
    """For Deployments, StatefulSets, DaemonSets and ReplicaSets."""
    for workload in workloads(repository):
        selector = dig(workload.manifest.spec, "selector")
        if workload.manifest.kind in ("Job", "CronJob", "Pod", "ScaledJob"):
            continue
        if not selector or not selects(selector, workload.labels):
            message = "spec.selector does not pick the labels of spec.template: the API server refuses the object"
            yield Hit(workload.manifest, ("spec", "selector"), message)


@rule(
    "volume-missing",
    "A mount without its volume",
    consequence="The API server refuses the pod.",
    mend="Add the volume, or correct the name.",
)
def volume_missing(repository: Repository) -> Iterator[Hit]:
    """volumeMounts name volumes of the pod, or claim templates of a StatefulSet."""
    for workload in workloads(repository):
        there = {str(item.get("name")) for _, item in entries(workload.spec, "volumes")}
        for _, claim in entries(workload.manifest.spec, "volumeClaimTemplates"):
            there.add(str(dig(claim, "metadata", "name")))
        for container in workload.containers:
            for position, mount in entries(container.value, "volumeMounts"):
                if str(mount.get("name")) not in there:
                    yield Hit(
                        workload.manifest,
                        (*container.place, "volumeMounts", position),
                        f"container {container.label}: volumeMounts[{position}] names the volume "
                        f"{mount.get('name')}, which the pod does not have: the API server refuses it",
                    )


@rule(
    "container-resources",
    "A container without requests or limits",
    consequence="It may take all of the machine's memory, and then the kernel kills whatever it likes.",
    mend="Set resources.requests.cpu, resources.requests.memory and resources.limits.memory.",
)
def container_resources(repository: Repository) -> Iterator[Hit]:
    """A limit on the processor is left to choice; resources of the pod as a whole count too."""
    wanted = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
    for workload in own_workloads(repository):
        for container in workload.containers:
            lacking = [
                f"resources.{'.'.join(steps)}"
                for steps in wanted
                if dig(container.value, "resources", *steps) is None and dig(workload.spec, "resources", *steps) is None
            ]
            if lacking:
                yield Hit(
                    workload.manifest,
                    (*container.place, "resources"),
                    f"container {container.label}: {', '.join(lacking)} not set: it may starve the whole machine",
                )


@once
def _tagged_by_kustomize(repository: Repository) -> frozenset[str]:
    """Images whose tag or digest a kustomization.yaml sets."""
    return frozenset(
        str(item.get("name"))
        for file in repository.kustomizations
        for _, item in entries(file.value, "images")
        if item.get("newTag") or item.get("digest")
    )


@rule(
    "image-tag",
    "An image without a fixed tag",
    consequence="A restart may bring another program than the one that was tested, and a rebuild cannot bring it back.",
    mend="Write an exact tag or, better, a digest.",
)
def image_tag(repository: Repository) -> Iterator[Hit]:
    """No tag, or `latest`, and no digest."""
    for workload in own_workloads(repository):
        for container in workload.containers:
            image = str(container.value.get("image") or "")
            name, colon, tag = image.rpartition("/")[2].partition(":")
            if "@" in image or (colon and tag != "latest"):
                continue
            if image.removesuffix(":latest") in _tagged_by_kustomize(repository):
                continue
            written = f"{image} has no tag" if name and not colon else f"{image or 'nothing'}"
            yield Hit(
                workload.manifest,
                (*container.place, "image"),
                f"container {container.label}: image: {written}: a restart may bring another program",
            )


@rule(
    "container-probes",
    "A container that nobody asks whether it is well",
    severity="warning",
    consequence="A program that hangs goes on getting requests, and is never started anew.",
    mend="Set a readinessProbe, a livenessProbe, or both.",
)
def container_probes(repository: Repository) -> Iterator[Hit]:
    """For pods that run for ever."""
    for workload in own_workloads(repository):
        if workload.manifest.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
            continue
        for container in workload.containers:
            if "initContainers" in container.place:
                continue
            if not (mapping(container.value, "livenessProbe") or mapping(container.value, "readinessProbe")):
                message = f"container {container.label} has no probe: when it hangs, nobody notices"
                yield Hit(workload.manifest, container.place, message)


@rule(
    "service-links",
    "Service links that overwrite the program's own variables",
    consequence=f"A Service named {contract.REDIS} puts REDIS_PORT=tcp://... into the pod; programs that read "
    "REDIS_PORT as a number do not start.",
    mend="Set enableServiceLinks: false.",
)
def service_links(repository: Repository) -> Iterator[Hit]:
    """Judged for every pod that is not Flux's; it may stand beside a Service named so at any time."""
    for workload in own_workloads(repository):
        if workload.spec.get("enableServiceLinks") is not False:
            yield Hit(
                workload.manifest,
                workload.place("enableServiceLinks"),
                "enableServiceLinks is not false: each Service of the namespace sets variables such as REDIS_PORT "
                "in the pod",
            )


@rule(
    "disruption-budget",
    "A PodDisruptionBudget that blocks every eviction",
    severity="warning",
    consequence="Draining the node never ends, and with it every upgrade of the node.",
    mend="Allow at least one pod to be away: maxUnavailable: 1.",
)
def disruption_budget(repository: Repository) -> Iterator[Hit]:
    """maxUnavailable 0, or minAvailable of all replicas."""
    for manifest in repository.of("PodDisruptionBudget"):
        high, low = manifest.spec.get("maxUnavailable"), manifest.spec.get("minAvailable")
        if str(high) in ("0", "0%"):
            message = f"spec.maxUnavailable: {high} allows no eviction: draining a node never ends"
            yield Hit(manifest, ("spec", "maxUnavailable"), message)
        elif low == "100%" or (isinstance(low, int) and 0 < _replicas(repository, manifest) <= low):
            message = f"spec.minAvailable: {low} allows no eviction: draining a node never ends"
            yield Hit(manifest, ("spec", "minAvailable"), message)


def _replicas(repository: Repository, budget: Manifest) -> int:
    """How many pods the budget's workload has by its manifest; 0 if unknown or not fixed."""
    picked = pod_index(repository).matching(budget.namespace, budget.spec.get("selector"))
    counts = [item.workload.manifest.spec.get("replicas", 0) for item in picked if item.workload]
    return sum(count for count in counts if isinstance(count, int))
