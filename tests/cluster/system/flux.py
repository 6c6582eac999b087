"""Flux in the cluster: installing it, and asking how far it is."""

from __future__ import annotations

import json
import time
from typing import Final

from ruamel.yaml import YAML

from generator import contract
from tests.cluster.system.kubectl import Kubectl, Object, describe_status, is_ready
from tests.cluster.system.waiting import wait_for

KUSTOMIZATIONS: Final = "kustomizations.kustomize.toolkit.fluxcd.io"
_FIRST: Final = ("CustomResourceDefinition", "Namespace")
_CUSTOM: Final = ".toolkit.fluxcd.io/"


def apply_install_manifest(kubectl: Kubectl, manifest: str) -> list[Object]:
    """Apply what `flux install` would, definitions first; returns the objects, without custom resources among them."""
    documents = [each for each in YAML(typ="safe").load_all(manifest) if each and _CUSTOM not in each["apiVersion"]]
    for stage in (True, False):
        objects = [each for each in documents if (each["kind"] in _FIRST) == stage]
        kubectl.apply("\n---\n".join(map(json.dumps, objects)))
        kubectl.run("wait", "crd", "-l", f"{contract.LABEL_PART_OF}=flux", "--for=condition=Established")
    return documents


def wait_for_controllers(kubectl: Kubectl) -> None:
    """Wait until each of Flux's Deployments is available."""
    for each in kubectl.find("deployment", contract.FLUX_NAMESPACE):
        kubectl.wait_ready("deployment", each["metadata"]["name"], contract.FLUX_NAMESPACE)


def wait_applied(kubectl: Kubectl, commit: str, seconds: float = 300) -> dict[str, float]:
    """Wait until every Kustomization is ready at the commit; returns when each was first seen so (monotonic seconds).

    Raises WaitError with those that are late, each with what it says.
    """
    seen: dict[str, float] = {}

    def look() -> dict[str, str]:
        found = kubectl.find(KUSTOMIZATIONS, contract.FLUX_NAMESPACE)
        now = time.monotonic()
        late = {} if found else {"flux-system": "no Kustomization yet"}
        for each in found:
            name, revision = each["metadata"]["name"], str(each.get("status", {}).get("lastAppliedRevision"))
            if is_ready(each) and revision.endswith(commit):
                seen.setdefault(name, now)
            else:
                late[name] = f"{revision}: {describe_status(each)}"
        return late

    wait_for(f"Flux to apply {commit[:12]}", look, lambda late: not late, seconds=seconds)
    return seen
