"""Changes of config.yaml, and of the cluster behind Flux's back; what people stored survives them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from generator import contract
from tests.cluster.system.flux import KUSTOMIZATIONS
from tests.cluster.system.install import OWNER, System
from tests.cluster.system.kubectl import Object, is_ready

_KEPT = "raibid:test:kept"


@pytest.fixture(scope="module")
def stored(system: System) -> Iterator[str]:
    """A repository in Gitea and a job in the queue, as people store them before anything changes."""
    repository = f"{OWNER}/kept"
    system.gitea.create_repository(repository)
    system.gitea.call("POST", f"repos/{repository}/contents/README.md", {"content": "a2VwdAo=", "message": "kept"})
    system.queue.xadd(_KEPT, {"job": "kept"})
    yield repository
    system.queue.delete(_KEPT)


@pytest.fixture(scope="module", autouse=True)
def _restore(system: System, stored: str) -> Iterator[None]:
    """The sample as it was, for the tests of other files."""
    before = (system.repository.cluster / "config.yaml").read_text(encoding="utf-8")
    yield
    (system.repository.cluster / "config.yaml").write_text(before, encoding="utf-8")
    system.repository.raibid_gen("render")
    system.repository.commit("As it was")


def test_a_new_pool_and_another_threshold_are_applied(system: System) -> None:
    default = {**_pools(system)[0], "jobs_per_agent": 2}
    system.deliver({"agents": [default, {"name": "second", "max": 2}]}, "A second pool, two jobs an agent")
    first = system.kubectl.wait_ready("scaledobject", contract.agent_name("default"), system.namespace)
    assert first["spec"]["triggers"][0]["metadata"]["streamLength"] == "2"
    second = system.kubectl.wait_ready("scaledobject", contract.agent_name("second"), system.namespace)
    assert second["spec"]["triggers"][0]["metadata"]["stream"] == "ci-jobs.second"
    assert system.kubectl.get("deployment", contract.agent_name("second"), system.namespace)


def test_a_removed_pool_is_pruned(system: System) -> None:
    system.deliver({"agents": _pools(system)[:1]}, "One pool again")
    for kind in ("scaledobject", "deployment", "poddisruptionbudget"):
        assert system.kubectl.get(kind, contract.agent_name("default"), system.namespace), kind
        assert system.kubectl.get(kind, contract.agent_name("second"), system.namespace) is None, kind


def test_a_setting_of_redis_is_an_upgrade_of_its_release(system: System) -> None:
    system.deliver({"redis": {"maxmemory": "200Mi"}}, "Less memory for the queue")
    release = system.kubectl.wait_ready("helmrelease", contract.REDIS, system.namespace)
    assert release["status"]["history"][0]["version"] == 2
    assert system.queue.config_get("maxmemory") == {"maxmemory": str(200 * 1024 * 1024)}


def test_a_deleted_object_comes_back(system: System) -> None:
    system.kubectl.run("delete", "networkpolicy", contract.GITEA, "-n", system.namespace)
    system.kubectl.reconcile(KUSTOMIZATIONS, "gitea", contract.FLUX_NAMESPACE)
    assert system.kubectl.get("networkpolicy", contract.GITEA, system.namespace)


def test_a_field_changed_by_hand_is_put_back(system: System) -> None:
    name = contract.agent_name("default")
    patch = '{"spec": {"maxReplicaCount": 99}}'
    system.kubectl.run("patch", "scaledobject", name, "-n", system.namespace, "--type=merge", "-p", patch)
    system.kubectl.reconcile(KUSTOMIZATIONS, "agents", contract.FLUX_NAMESPACE)
    found = system.kubectl.get("scaledobject", name, system.namespace)
    assert found
    assert found["spec"]["maxReplicaCount"] == system.repository.config.agents[0].max


def test_what_helm_installed_is_put_back_too(system: System) -> None:
    which = ("deployment", contract.REDIS, system.namespace)
    wanted = _cpu_limit(system.kubectl.wait_ready(*which))
    container = {"name": contract.REDIS, "resources": {"limits": {"cpu": "1234m"}}}
    patch = json.dumps({"spec": {"template": {"spec": {"containers": [container]}}}})
    system.kubectl.run("patch", "deployment", contract.REDIS, "-n", system.namespace, "-p", patch)
    system.kubectl.reconcile("helmrelease", contract.REDIS, system.namespace)
    system.kubectl.wait(
        "Redis with its own limit", which, lambda found: _cpu_limit(found) == wanted and is_ready(found), seconds=120
    )


@pytest.mark.parametrize("component", [contract.REDIS, contract.GITEA])
def test_data_survives_the_changes_and_a_lost_pod(system: System, stored: str, component: str) -> None:
    selector = f"app={component}"
    (pod,) = system.kubectl.find("pod", system.namespace, selector)
    system.kubectl.run("delete", "pod", pod["metadata"]["name"], "-n", system.namespace, "--grace-period=1")
    system.kubectl.wait(
        f"{component} in a new pod",
        ("deployment", component, system.namespace),
        lambda found: is_ready(found) and found["status"].get("readyReplicas") == 1,
        seconds=180,
    )
    if component == contract.REDIS:
        assert [fields for _, fields in system.queue.xrange(_KEPT) or []] == [{"job": "kept"}]
    else:
        assert system.gitea.call("GET", f"repos/{stored}/contents/README.md")["content"] == "a2VwdAo="


def _pools(system: System) -> list[dict[str, object]]:
    return [pool.model_dump(exclude_unset=True) for pool in system.repository.config.agents]


def _cpu_limit(deployment: Object) -> str:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    limits = next(each["resources"]["limits"] for each in containers if each["name"] == contract.REDIS)
    return str(limits["cpu"])
