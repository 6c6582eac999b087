"""Flux's vendored install manifests, applied to a cluster without Flux.

v2.9.5 then runs in every other test. Of v2.2.0 the objects are accepted and its API versions served by this
Kubernetes; its controllers' images are not built here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from generator import versions
from tests.cluster.system import flux
from tests.cluster.system.kubectl import Kubectl, Object

_CHECKOUT: Final = Path(__file__).parents[2]
_RENDERED: Final = {
    "v2.2.0": _CHECKOUT / "clusters/dgx-spark-ci",
    "v2.9.5": _CHECKOUT / "tests/golden/current/clusters/everything",
}
# What the install manifests' four controllers bring; the image automation ones are not among them.
_FLUX_GROUPS: Final = ("source", "kustomize", "helm", "notification")


@pytest.fixture(scope="module", params=_RENDERED)
def version(request: pytest.FixtureRequest, kubectl: Kubectl) -> Iterator[str]:
    """A Flux version whose manifest is applied during the tests."""
    objects = flux.apply_install_manifest(kubectl, _manifest(request.param))
    yield request.param
    # A namespace waits for what is in it, of every kind: it ends slowly once some of the kinds have gone.
    for last in (False, True):
        stage = [json.dumps(each) for each in objects if (each["kind"] == "CustomResourceDefinition") == last]
        kubectl.run("delete", "-f", "-", "--ignore-not-found", text="\n---\n".join(stage))


def test_every_object_is_accepted_and_a_second_apply_changes_nothing(version: str, kubectl: Kubectl) -> None:
    objects = YAML(typ="safe").load_all(_manifest(version))
    before = {_name(each): _revision(kubectl, each) for each in objects}
    flux.apply_install_manifest(kubectl, _manifest(version))
    after = {_name(each): _revision(kubectl, each) for each in YAML(typ="safe").load_all(_manifest(version))}
    assert before == after
    assert None not in after.values()


def test_the_api_versions_that_we_write_are_served(version: str, kubectl: Kubectl) -> None:
    served = set(kubectl.run("api-versions").split())
    written = {api for api in versions.flux_api_versions(version).values() if api.startswith(_FLUX_GROUPS)}
    assert written <= served


def test_the_rendered_flux_objects_are_accepted(version: str, kubectl: Kubectl, namespace: str) -> None:
    objects = [
        {**each, "metadata": {**each["metadata"], "namespace": namespace}}
        for path in sorted(_RENDERED[version].rglob("*.yaml"))
        for each in YAML(typ="safe").load_all(path)
        if ".toolkit.fluxcd.io/" in str((each or {}).get("apiVersion"))
    ]
    assert len(objects) > 10
    kubectl.run("apply", "--server-side", "--dry-run=server", "-f", "-", text="\n---\n".join(map(json.dumps, objects)))


def _manifest(version: str) -> str:
    return (_CHECKOUT / f"generator/components/flux-{version}.yaml").read_text(encoding="utf-8")


def _name(found: Object) -> str:
    return f"{found['kind']} {found['metadata']['name']}"


def _revision(kubectl: Kubectl, wanted: Object) -> str | None:
    """What changes with every write that changes something; a controller's status is no such write."""
    metadata = wanted["metadata"]
    found = kubectl.get(wanted["kind"], metadata["name"], metadata.get("namespace", "default"))
    if found is None:
        return None
    return str({key: found[key] for key in found if key not in ("status", "metadata")})
