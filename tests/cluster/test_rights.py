"""Who may do what: tenants, the API server, agents."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from generator import contract
from tests.cluster.system import flux
from tests.cluster.system.install import OWNER, System
from tests.cluster.system.kubectl import Object, condition, describe_status
from tests.cluster.system.waiting import wait_for

_TENANT: Final = "tenant-web"
_REPOSITORY: Final = f"{OWNER}/web"
_OWN: Final = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "own"}, "data": {"hello": "world"}}
_FOREIGN: Final[dict[str, Object]] = {
    "grab": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "web-grabs"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": contract.TENANT_ACCOUNT, "namespace": _TENANT}],
    },
    "escape": {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "web-escapes"},
        "spec": {
            "interval": "1m",
            "prune": True,
            "path": "./",
            "sourceRef": {"kind": "GitRepository", "name": "flux-system", "namespace": contract.FLUX_NAMESPACE},
        },
    },
}


@pytest.fixture(scope="module")
def tenant(system: System) -> Iterator[System]:
    """A tenant whose repository in Gitea has a ConfigMap in it."""
    system.gitea.create_repository(_REPOSITORY)
    _put(system, "own.yaml", _OWN)
    login = {
        contract.USERNAME: system.gitea.user,
        contract.PASSWORD: system.gitea.create_token("web", "read:repository"),
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-git"}, "stringData": login}
    url = f"{system.repository.config.gitea_url}/{_REPOSITORY}"
    system.deliver({"flux": {"tenants": [{"name": "web", "repository": url, "secret": "web-git"}]}}, "A tenant")
    system.kubectl.run("apply", "-n", _TENANT, "-f", "-", text=json.dumps(secret))
    system.kubectl.reconcile("gitrepository", "web", _TENANT)
    yield system
    system.repository.configure({"flux": {"tenants": None}})
    system.repository.commit("No tenant")


def test_a_tenant_gets_what_is_in_its_repository(tenant: System) -> None:
    tenant.kubectl.wait_ready(flux.KUSTOMIZATIONS, "web", _TENANT)
    assert (tenant.kubectl.get("configmap", "own", _TENANT) or {})["data"] == {"hello": "world"}


def test_an_object_for_another_namespace_lands_in_the_tenants_own(tenant: System) -> None:
    metadata = {"name": "strayed", "namespace": tenant.namespace}
    _put(tenant, "strayed.yaml", {**_OWN, "metadata": metadata})
    tenant.kubectl.reconcile("gitrepository", "web", _TENANT)
    wait_for("the ConfigMap", lambda: tenant.kubectl.get("configmap", "strayed", _TENANT), seconds=60)
    assert tenant.kubectl.get("configmap", "strayed", tenant.namespace) is None


@pytest.mark.parametrize("name", _FOREIGN)
def test_what_is_not_the_tenants_is_refused(tenant: System, name: str) -> None:
    wanted = _FOREIGN[name]
    made = _put(tenant, f"{name}.yaml", wanted)
    tenant.kubectl.reconcile("gitrepository", "web", _TENANT)
    found = tenant.kubectl.wait(
        f"{wanted['kind']} to be refused",
        (flux.KUSTOMIZATIONS, "web", _TENANT),
        lambda found: condition(found).get("status") == "False" and "forbidden" in condition(found)["message"],
        seconds=60,
    )
    assert wanted["metadata"]["name"] in describe_status(found)
    assert tenant.kubectl.get(wanted["kind"], wanted["metadata"]["name"], _TENANT) is None
    tenant.gitea.call(
        "DELETE", f"repos/{_REPOSITORY}/contents/{name}.yaml", {"sha": made["content"]["sha"], "message": "away"}
    )


@pytest.mark.parametrize(
    ("verb", "resource", "namespace"),
    [
        ("get", "secrets", contract.NAMESPACE),
        ("get", "secrets", contract.FLUX_NAMESPACE),
        ("list", "pods", contract.NAMESPACE),
        ("create", "configmaps", contract.NAMESPACE),
        ("create", "namespaces", "default"),
        ("create", "rolebindings.rbac.authorization.k8s.io", _TENANT),
        ("update", "roles.rbac.authorization.k8s.io", _TENANT),
        ("create", "serviceaccounts/token", _TENANT),
        ("impersonate", "serviceaccounts", _TENANT),
        ("delete", "networkpolicies.networking.k8s.io", _TENANT),
        ("create", "endpoints", _TENANT),
        ("create", "kustomizations.kustomize.toolkit.fluxcd.io", _TENANT),
        ("update", "gitrepositories.source.toolkit.fluxcd.io", _TENANT),
    ],
)
def test_a_tenant_may_not(tenant: System, verb: str, resource: str, namespace: str) -> None:
    assert not tenant.kubectl.can(f"{_TENANT}/{contract.TENANT_ACCOUNT}", verb, resource, namespace)


def test_a_tenant_may_run_its_workloads(tenant: System) -> None:
    account = f"{_TENANT}/{contract.TENANT_ACCOUNT}"
    assert tenant.kubectl.can(account, "create", "deployments.apps", _TENANT)
    assert tenant.kubectl.can(account, "create", "scaledobjects.keda.sh", _TENANT)


def test_the_api_server_reads_pods_and_their_scaling_and_nothing_more(system: System) -> None:
    read = {"get", "list", "watch"}
    rights = _rights(system, contract.API, system.namespace) - _rights(system, "default", system.namespace)
    assert rights == {
        (resource, verb)
        for resource in (
            "pods",
            "scaledobjects.keda.sh",
            "scaledjobs.keda.sh",
            "horizontalpodautoscalers.autoscaling",
        )
        for verb in read
    }


@pytest.mark.parametrize("namespace", [contract.FLUX_NAMESPACE, contract.KEDA_NAMESPACE, "kube-system"])
def test_the_api_server_has_no_rights_elsewhere(system: System, namespace: str) -> None:
    assert _rights(system, contract.API, namespace) == _rights(system, "default", namespace)


def test_agents_have_no_rights_at_all(system: System) -> None:
    assert _rights(system, contract.AGENT, system.namespace) == _rights(system, "default", system.namespace)


def _rights(system: System, account: str, namespace: str) -> set[tuple[str, str]]:
    """All (resource, verb) that an account of the CI's namespace may use in a namespace (SelfSubjectRulesReview)."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    user = f"--as=system:serviceaccount:{system.namespace}:{account}"
    answer = json.loads(
        system.kubectl.run("create", "--validate=false", "-f", "-", "-o", "json", user, text=json.dumps(review))
    )
    assert answer["status"]["incomplete"] is False
    return {
        (".".join(filter(None, (resource, group))), verb)
        for rule in answer["status"]["resourceRules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def _put(system: System, path: str, manifest: Object) -> Any:
    """Commit a manifest to the tenant's repository; returns what Gitea says about the file."""
    content = base64.b64encode(json.dumps(manifest).encode()).decode()
    return system.gitea.call("POST", f"repos/{_REPOSITORY}/contents/{path}", {"content": content, "message": path})
