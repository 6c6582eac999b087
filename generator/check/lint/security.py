"""Rules on what pods may do: security context, host access, service accounts, Pod Security, RBAC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator import contract
from generator.check.lint.registry import Hit, once, rule
from generator.check.lint.workloads import Container, Workload, is_upstream, own_workloads
from generator.check.repository.objects import Repository, dig, entries, labels_of, mapping

ENFORCE = "pod-security.kubernetes.io/enforce"


@once
def enforced(repository: Repository) -> dict[str, str]:
    """The Pod Security level of each Namespace in the tree that sets one."""
    levels = {item.name: labels_of(item.value).get(ENFORCE) for item in repository.of("Namespace")}
    return {name: level for name, level in levels.items() if level}


def _shortcomings(workload: Workload, container: Container, level: str) -> Iterator[str]:
    """The settings of the security context that a container lacks (Pod Security Standards, restricted).

    In a namespace for privileged pods only what a rootless image builder can do remains: no root, no privilege.
    """
    own, pod = mapping(container.value, "securityContext"), mapping(workload.spec, "securityContext")
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot: true"
    if own.get("privileged") is True:
        yield "privileged: false"
    if level == "privileged":
        return
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation: false"
    dropped = dig(own, "capabilities", "drop")
    if not isinstance(dropped, list) or "ALL" not in dropped:
        yield "capabilities.drop: [ALL]"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "readOnlyRootFilesystem: true"
    seccomp = own.get("seccompProfile") or pod.get("seccompProfile")
    if dig(seccomp, "type") not in ("RuntimeDefault", "Localhost"):
        yield "seccompProfile.type: RuntimeDefault"


@rule(
    "container-security",
    "A container that may do more than it needs",
    consequence="Whoever breaks into it, a build step for instance, can go further to the node; and a namespace "
    "that enforces `restricted` refuses the pod.",
    mend="Set in securityContext what the message names.",
)
def container_security(repository: Repository) -> Iterator[Hit]:
    """All of `restricted` and a read-only root; less in a namespace that is labelled privileged."""
    for workload in own_workloads(repository):
        level = enforced(repository).get(workload.namespace, "")
        for container in workload.containers:
            lacking = list(_shortcomings(workload, container, level))
            if lacking:
                yield Hit(
                    workload.manifest,
                    (*container.place, "securityContext"),
                    f"container {container.label}: securityContext lacks {', '.join(lacking)}: a break-in reaches "
                    "further than it must",
                )


@rule(
    "pod-host-access",
    "A pod that reaches into its node",
    consequence="Whoever controls the pod can read or change the node; a namespace that enforces `baseline` or "
    "`restricted` refuses it.",
    mend="Remove the field; use a claim or an emptyDir for files.",
)
def pod_host_access(repository: Repository) -> Iterator[Hit]:
    """hostNetwork, hostPID, hostIPC, hostPath and hostPort, outside namespaces that are labelled privileged."""
    for workload in own_workloads(repository):
        if enforced(repository).get(workload.namespace) == "privileged":
            continue
        for key in ("hostNetwork", "hostPID", "hostIPC"):
            if workload.spec.get(key) is True:
                message = f"{key}: true opens the node to the pod"
                yield Hit(workload.manifest, workload.place(key), message)
        for position, volume in entries(workload.spec, "volumes"):
            if "hostPath" in volume:
                path = dig(volume, "hostPath", "path")
                message = f"volumes[{position}].hostPath: {path} opens the node's files to the pod"
                yield Hit(workload.manifest, workload.place("volumes", position, "hostPath"), message)


@once
def bound_accounts(repository: Repository) -> frozenset[tuple[str, str]]:
    """Namespace and name of every ServiceAccount that a binding gives rights."""
    return frozenset(
        (str(subject.get("namespace") or binding.namespace), str(subject.get("name")))
        for binding in repository.of("RoleBinding", "ClusterRoleBinding")
        for _, subject in entries(binding.value, "subjects")
        if subject.get("kind") == "ServiceAccount"
    )


@rule(
    "service-account-token",
    "A token for the API server in a pod that has no rights there",
    consequence="A stolen token says who the pod is and what the API server tells everyone; it serves no purpose.",
    mend="Set automountServiceAccountToken: false.",
)
def service_account_token(repository: Repository) -> Iterator[Hit]:
    """Pods whose ServiceAccount no binding names must not mount its token."""
    for workload in own_workloads(repository):
        account = repository.find("ServiceAccount", workload.namespace, workload.account)
        by_account = account.value.get("automountServiceAccountToken") if account else None
        mounted = workload.spec.get("automountServiceAccountToken", by_account)
        if mounted is not False and (workload.namespace, workload.account) not in bound_accounts(repository):
            yield Hit(
                workload.manifest,
                workload.place("automountServiceAccountToken"),
                f"automountServiceAccountToken is not false, and no binding gives the account {workload.account} "
                "any right: the token only helps a thief",
            )


@rule(
    "namespace-pod-security",
    "A Namespace without a Pod Security level",
    consequence="Any pod may run there, also one with full access to the node.",
    mend=f"Set the label {ENFORCE}, to restricted where that can be.",
)
def namespace_pod_security(repository: Repository) -> Iterator[Hit]:
    """Every Namespace in the tree but Flux's own."""
    for manifest in repository.of("Namespace"):
        if not is_upstream(manifest) and manifest.name not in enforced(repository):
            message = f"metadata.labels lacks {ENFORCE}: any pod may run there, also a privileged one"
            yield Hit(manifest, ("metadata", "labels"), message)


@rule(
    "namespace-privileged",
    "A Namespace that lets every pod in",
    severity="warning",
    consequence="A pod with full access to the node is not refused.",
    mend=f"Set {ENFORCE} to baseline or restricted, and move what cannot keep it to a namespace of its own.",
)
def namespace_privileged(repository: Repository) -> Iterator[Hit]:
    """Only image builds need it, and they have a namespace of their own."""
    for name, level in enforced(repository).items():
        if level == "privileged" and name != contract.BUILD_NAMESPACE:
            manifest = repository.find("Namespace", "", name)
            if manifest is not None and not is_upstream(manifest):
                message = f"{ENFORCE}: privileged in {name}: pods with full access to the node are let in"
                yield Hit(manifest, ("metadata", "labels", ENFORCE), message)


def _everything(role_rule: dict[str, Any]) -> bool:
    return all(isinstance(role_rule.get(key), list) and "*" in role_rule[key] for key in ("verbs", "resources"))


@rule(
    "rbac-too-wide",
    "Rights over the whole cluster",
    consequence="Whoever gets hold of that account owns the cluster, every secret in it included.",
    mend="List the verbs and resources that are needed, in a Role of one namespace.",
)
def rbac_too_wide(repository: Repository) -> Iterator[Hit]:
    """cluster-admin for the whole cluster, or a role with every verb on every resource; Flux's own excepted."""
    for binding in repository.of("ClusterRoleBinding"):
        if dig(binding.value, "roleRef", "name") == "cluster-admin" and not is_upstream(binding):
            message = "roleRef names cluster-admin: its subjects own the cluster"
            yield Hit(binding, ("roleRef",), message)
    for role in repository.of("ClusterRole", "Role"):
        for position, item in entries(role.value, "rules"):
            if _everything(item) and not is_upstream(role):
                message = f"rules[{position}] allows every verb on every resource"
                yield Hit(role, ("rules", position), message)
