"""Rules on Services: what they select, and who names one that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.check.lint.data import texts
from generator.check.lint.known import known
from generator.check.lint.pods import ports
from generator.check.lint.registry import Hit, once, rule
from generator.check.lint.selectors import Pods, pod_index
from generator.check.lint.workloads import own_workloads
from generator.check.repository.objects import Manifest, Place, Repository, dig, entries, field_of, mapping


def _selected(repository: Repository) -> Iterator[tuple[Manifest, list[Pods]]]:
    """Every Service with a selector, and the pods that it picks."""
    for service in repository.of("Service"):
        selector = mapping(service.spec, "selector")
        if selector:
            yield service, pod_index(repository).matching(service.namespace, {"matchLabels": selector})


@rule(
    "service-selects-nothing",
    "A Service that picks no pod",
    consequence="Every connection to it is refused.",
    mend="Make spec.selector the labels of the pods.",
)
def service_selects_nothing(repository: Repository) -> Iterator[Hit]:
    """Pods of the tree and of its charts count."""
    for service, pods in _selected(repository):
        if not pods and service.namespace not in known(repository).opaque:
            selector = ",".join(f"{key}={value}" for key, value in service.spec["selector"].items())
            message = f"spec.selector: {selector} picks no pod in {service.namespace}: connections are refused"
            yield Hit(service, ("spec", "selector"), message)


@rule(
    "service-target-port",
    "A Service that leads to a port which its pods do not name",
    consequence="The Service has no endpoints for that port: every connection is refused.",
    mend="Make targetPort the name or number of a port of the container.",
)
def service_target_port(repository: Repository) -> Iterator[Hit]:
    """Named targetPorts only: a number need not be declared. What charts name is not known."""
    for service, pods in _selected(repository):
        if not pods or any(item.workload is None for item in pods):
            continue
        names = {
            str(port.get("name")) for item in pods if item.workload for _, _, port in ports(item.workload.containers)
        }
        for position, port in entries(service.spec, "ports"):
            target = port.get("targetPort")
            if isinstance(target, str) and not target.isdecimal() and target not in names:
                yield Hit(
                    service,
                    ("spec", "ports", position, "targetPort"),
                    f"spec.ports[{position}].targetPort: {target} is no port of {pods[0].title}: connections are "
                    "refused",
                )


class Call(NamedTuple):
    """Something that speaks to a Service: where it says so, and the port, 0 if it says none."""

    manifest: Manifest
    place: Place
    field: str
    namespace: str
    name: str
    port: int


_HOST = re.compile(
    r"(?<![\w.-])([a-z]([a-z0-9-]*[a-z0-9])?)\.([a-z0-9]([a-z0-9-]*[a-z0-9])?)\.svc(?:\.[a-z0-9-]+)*\.?(?::(\d{1,5}))?"
)
_SCHEME_PORTS = {"http": 80, "https": 443}


@once
def _calls(repository: Repository) -> list[Call]:
    found = [call for manifest in repository.of("Ingress") for call in _of_ingress(manifest)]
    for workload in own_workloads(repository):
        for container in workload.containers:
            image_place: Place = (*container.place, "image")
            image = container.value.get("image")
            found.extend(_in_text(workload.manifest, image_place, f"container {container.label}: image", image))
            for position, item in entries(container.value, "env"):
                place = (*container.place, "env", position, "value")
                label = f"container {container.label}: env {item.get('name')}"
                found.extend(_in_text(workload.manifest, place, label, item.get("value")))
    for manifest in repository.of("GitRepository", "HelmRepository", "OCIRepository", "Provider"):
        for key in ("url", "address"):
            found.extend(_in_text(manifest, ("spec", key), f"spec.{key}", manifest.spec.get(key)))
    for manifest in repository.of("ScaledObject", "ScaledJob"):
        for place, value in texts(manifest.spec.get("triggers"), ("spec", "triggers")):
            found.extend(_in_text(manifest, place, field_of(place), value))
    return found


def _in_text(manifest: Manifest, place: Place, field: str, text: object) -> Iterator[Call]:
    if not isinstance(text, str):
        return
    for match in _HOST.finditer(text):
        scheme = text[: match.start()].rpartition("://")[0] if "://" in text else ""
        port = int(match[5]) if match[5] else _SCHEME_PORTS.get(scheme, 0)
        yield Call(manifest, place, field, match[3], match[1], port)


def _of_ingress(manifest: Manifest) -> Iterator[Call]:
    default = mapping(manifest.spec, "defaultBackend")
    backends: list[tuple[Place, dict[str, Any]]] = [(("spec", "defaultBackend"), default)]
    for number, item in entries(manifest.spec, "rules"):
        for position, path in entries(item, "http", "paths"):
            place: Place = ("spec", "rules", number, "http", "paths", position, "backend")
            backends.append((place, mapping(path, "backend")))
    for where, backend in backends:
        name, number = dig(backend, "service", "name"), dig(backend, "service", "port", "number")
        if name:
            field = f"{where[-1]}.service"
            yield Call(manifest, where, field, manifest.namespace, str(name), number or 0)


@once
def _service_ports(repository: Repository) -> dict[tuple[str, str], tuple[int, ...]]:
    """The ports of every Service by namespace and name; none for one whose ports are not known."""
    there = dict(known(repository).services)
    for service in repository.of("Service"):
        listed = [port.get("port") for _, port in entries(service.spec, "ports")]
        there[service.namespace, service.name] = tuple(port for port in listed if isinstance(port, int))
    return there


@rule(
    "service-missing",
    "A Service that is not there",
    consequence="The name does not resolve: the program cannot connect.",
    mend="Correct the host name, or add the Service.",
)
def service_missing(repository: Repository) -> Iterator[Hit]:
    """Host names <service>.<namespace>.svc in variables, URLs and triggers, and backends of Ingresses."""
    for call in _calls(repository):
        if call.namespace in known(repository).opaque:
            continue
        if (call.namespace, call.name) not in _service_ports(repository):
            target = f"{call.namespace}/{call.name}"
            message = f"{call.field} names Service {target}, which is not there: it cannot be reached"
            yield Hit(call.manifest, call.place, message)


@rule(
    "service-port-missing",
    "A port that the Service does not have",
    consequence="Every connection runs into its time-out or is refused.",
    mend="Correct the port.",
)
def service_port_missing(repository: Repository) -> Iterator[Hit]:
    """The port of a host name or an Ingress' backend must be one of the Service's."""
    for call in _calls(repository):
        there = _service_ports(repository).get((call.namespace, call.name), ())
        if call.port and there and call.port not in there:
            listed = ", ".join(map(str, there))
            yield Hit(
                call.manifest,
                call.place,
                f"{call.field} names port {call.port} of Service {call.namespace}/{call.name}, which has {listed}: "
                "nobody answers",
            )
