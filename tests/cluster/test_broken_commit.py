"""A commit that cannot be applied is reported where people look, and the next good one heals it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generator import contract
from tests.cluster.system import flux
from tests.cluster.system.install import REPOSITORY, System
from tests.cluster.system.kubectl import condition
from tests.cluster.system.waiting import wait_for

_BROKEN = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: broken
  namespace: raibid-ci
data: [a list is no map]
"""
_KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [broken.yaml]
"""


@pytest.fixture(scope="module")
def broken(system: System) -> Iterator[str]:
    """A pushed commit whose overlay the API server refuses."""
    overlays = system.repository.cluster / contract.OVERLAYS_FOLDER
    overlays.mkdir()
    (overlays / "broken.yaml").write_text(_BROKEN, encoding="utf-8")
    (overlays / "kustomization.yaml").write_text(_KUSTOMIZATION, encoding="utf-8")
    system.repository.raibid_gen("render")
    yield system.repository.commit("A ConfigMap that is none")
    for path in overlays.iterdir():
        path.unlink()
    overlays.rmdir()
    system.repository.raibid_gen("render")
    system.repository.commit("No overlay")


def test_the_kustomization_says_what_is_wrong(system: System, broken: str) -> None:
    found = system.kubectl.wait(
        "the overlay to be refused",
        (flux.KUSTOMIZATIONS, "overlays", contract.FLUX_NAMESPACE),
        lambda found: condition(found).get("status") == "False" and "broken" in condition(found)["message"],
        seconds=120,
    )
    assert found["status"]["lastAttemptedRevision"].endswith(broken)
    assert "ConfigMap/raibid-ci/broken" in condition(found)["message"]


def test_the_commit_in_gitea_says_that_it_failed(system: System, broken: str) -> None:
    statuses = wait_for(
        "a failure on the commit",
        lambda: system.gitea.statuses(REPOSITORY, broken, "kustomization/"),
        lambda found: "failure" in found.values(),
        seconds=60,
    )
    (context,) = [context for context, state in statuses.items() if state == "failure"]
    assert "overlays" in context


def test_the_next_good_commit_heals_it_and_says_so(system: System, broken: str) -> None:
    overlay = system.repository.cluster / contract.OVERLAYS_FOLDER / "broken.yaml"
    overlay.write_text(_BROKEN.replace("[a list is no map]", "{works: again}"), encoding="utf-8")
    commit = system.repository.commit("A ConfigMap that is one")
    flux.wait_applied(system.kubectl, commit)
    assert (system.kubectl.get("configmap", "broken", system.namespace) or {})["data"] == {"works": "again"}
    wait_for(
        "success on the commit, from every Kustomization",
        lambda: system.gitea.statuses(REPOSITORY, commit, "kustomization/"),
        lambda found: any("overlays" in context for context in found) and set(found.values()) == {"success"},
        seconds=60,
    )
