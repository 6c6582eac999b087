"""The cluster through kubectl, as a person would ask it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.cluster.system.waiting import wait_for

Object = dict[str, Any]
REQUEST_RECONCILE = "reconcile.fluxcd.io/requestedAt"


class KubectlError(AssertionError):
    """kubectl failed; the message is the command with what it printed."""


class Kubectl(NamedTuple):
    """kubectl with one cluster's kubeconfig."""

    program: Path
    kubeconfig: Path

    def run(self, *arguments: str, text: str | None = None) -> str:
        """Standard output of kubectl, given `text` as standard input. Raises KubectlError."""
        result = self.attempt(*arguments, text=text)
        if result.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {result.stderr.strip()}")
        return result.stdout

    def attempt(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """As run(), for a command that may fail."""
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    def get(self, kind: str, name: str, namespace: str = "default") -> Object | None:
        """The object, or None where there is none."""
        text = self.run("get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "json")
        return json.loads(text) if text else None

    def find(self, kind: str, namespace: str, selector: str = "") -> list[Object]:
        """All objects of a kind in a namespace that have the labels of `selector`."""
        text = self.run("get", kind, "-n", namespace, "-l", selector, "-o", "json")
        found: list[Object] = json.loads(text)["items"]
        return found

    def apply(self, text: str) -> None:
        """Server-side apply of a stream of manifests, with Flux's own field manager, so that Flux adopts them."""
        self.run("apply", "--server-side", "--field-manager=flux", "-f", "-", text=text)

    def build(self, folder: Path) -> str:
        """What a kustomization folder builds to."""
        return self.run("kustomize", str(folder))

    def can(self, account: str, verb: str, resource: str, namespace: str) -> bool:
        """Whether RBAC lets a service account, namespace/name, do it to a resource or resource/subresource."""
        resource, _, subresource = resource.partition("/")
        user = f"system:serviceaccount:{account.replace('/', ':')}"
        options = (f"--subresource={subresource}", f"--as={user}")
        answer = self.attempt("auth", "can-i", verb, resource, "-n", namespace, *options)
        return answer.stdout.strip() == "yes"

    def address(self, service: str, namespace: str) -> str:
        """The address of a Service, which is waited for."""
        found = self.wait(f"Service {service}", ("service", service, namespace), bool, seconds=30)
        return str(found["spec"]["clusterIP"])

    def reconcile(self, kind: str, name: str, namespace: str) -> None:
        """Ask Flux to reconcile an object now, and wait until it has."""
        asked = str(time.time_ns())
        self.run("annotate", "--overwrite", kind, name, "-n", namespace, f"{REQUEST_RECONCILE}={asked}")
        self.wait(
            f"{kind} {name} to be reconciled",
            (kind, name, namespace),
            lambda found: found.get("status", {}).get("lastHandledReconcileAt") == asked and is_ready(found),
            seconds=120,
        )

    def wait(
        self, what: str, which: tuple[str, str, str], until: Callable[[Object], object], *, seconds: float
    ) -> Object:
        """The object (kind, name, namespace) once it is there and `until` of it is true. Raises WaitError."""
        found = wait_for(
            what,
            lambda: self.get(*which),
            lambda found: found is not None and until(found),
            seconds=seconds,
            describe=describe_status,
        )
        assert found is not None
        return found

    def wait_ready(self, kind: str, name: str, namespace: str, *, seconds: float = 120) -> Object:
        """The object once its controller says it is ready as it stands."""
        return self.wait(f"{kind} {namespace}/{name} to be ready", (kind, name, namespace), is_ready, seconds=seconds)


def condition(found: Object, kind: str = "Ready") -> Object:
    """A condition of an object's status; {} where it has none of the kind."""
    conditions: list[Object] = found.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each["type"] == kind), {})


def is_ready(found: Object) -> bool:
    """Ready (a Deployment: Available), and said of the object's present generation."""
    seen = found.get("status", {}).get("observedGeneration", found["metadata"].get("generation"))
    kind = "Available" if found["kind"] == "Deployment" else "Ready"
    return seen == found["metadata"].get("generation") and condition(found, kind).get("status") == "True"


def describe_status(found: Object | None) -> str:
    """One line about an object that was waited for."""
    if found is None:
        return "no such object"
    conditions = found.get("status", {}).get("conditions", [])
    return "; ".join(f"{each['type']}={each['status']} {each.get('message', '')}" for each in conditions) or "no status"
