"""The pushed sample: Flux reconciles all of it, in the stated order, and adopts what ran before."""

from __future__ import annotations

import httpx
import pytest

from generator import contract
from tests.cluster.system.flux import KUSTOMIZATIONS
from tests.cluster.system.install import REPOSITORY, System
from tests.cluster.system.kubectl import condition, is_ready
from tests.cluster.system.waiting import wait_for


def test_the_git_repository_is_at_the_pushed_commit(system: System) -> None:
    pushed = system.gitea.call("GET", f"repos/{REPOSITORY}/branches/main")["commit"]["id"]
    system.kubectl.wait(
        f"the GitRepository to be at {pushed[:12]}",
        ("gitrepository", "flux-system", contract.FLUX_NAMESPACE),
        lambda found: is_ready(found) and found["status"]["artifact"]["revision"] == f"main@sha1:{pushed}",
        seconds=60,
    )


def test_every_kustomization_became_ready_after_those_that_it_depends_on(system: System) -> None:
    found = system.kubectl.find(KUSTOMIZATIONS, contract.FLUX_NAMESPACE)
    depends = {each["metadata"]["name"]: [one["name"] for one in each["spec"].get("dependsOn", [])] for each in found}
    assert {"namespaces", "redis", "gitea", "keda", "buildkit", "notifications", "api", "agents"} < set(depends)
    early = [
        (name, other)
        for name, others in depends.items()
        for other in others
        if system.became_ready[name] < system.became_ready[other]
    ]
    assert early == []


@pytest.mark.parametrize("name", [contract.REDIS, contract.GITEA, contract.KEDA])
def test_helm_has_installed_the_release_in_the_version_of_the_config(system: System, name: str) -> None:
    config = system.repository.config
    wanted = {
        contract.REDIS: config.redis.chart_version,
        contract.GITEA: config.gitea.chart_version,
        contract.KEDA: config.keda.version,
    }
    namespace = contract.KEDA_NAMESPACE if name == contract.KEDA else system.namespace
    release = system.kubectl.wait_ready("helmrelease", name, namespace)
    newest = release["status"]["history"][0]
    assert (newest["name"], newest["chartVersion"], newest["status"]) == (name, wanted[name], "deployed")


def test_flux_takes_over_what_ran_without_restarting_it(system: System) -> None:
    assert len(system.pods_before) == 2
    assert system.pods_before.items() <= system.pods_after.items()


def test_without_jobs_there_is_no_agent(system: System) -> None:
    wait_for(
        "the one agent of a new Deployment to go",
        lambda: system.kubectl.find("pod", system.namespace, f"{contract.LABEL_NAME}={contract.AGENT}"),
        lambda pods: not pods,
        seconds=60,
    )
    scaled = system.kubectl.wait_ready("scaledobject", contract.agent_name("default"), system.namespace)
    assert condition(scaled, "Active")["status"] == "False"


def test_the_api_server_is_reached_by_its_service(system: System) -> None:
    address = system.kubectl.address(contract.API, system.namespace)
    url = f"http://{address}:{contract.API_PORT}{contract.READY_PATH}"
    assert httpx.get(url, trust_env=False).status_code == httpx.codes.OK


def test_every_pod_runs_under_the_pod_security_level_of_its_namespace(system: System) -> None:
    for namespace in (system.namespace, contract.KEDA_NAMESPACE, contract.BUILD_NAMESPACE):
        deployments = system.kubectl.find("deployment", namespace)
        assert deployments, namespace
        assert [each["metadata"]["name"] for each in deployments if not is_ready(each)] == []
