"""What `raibid-gen bootstrap` will do, by hand: the rendered files into an empty cluster until Flux has taken over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import git
import redis

from generator import contract
from tests.cluster.system import flux, secrets
from tests.cluster.system.gitea import Gitea
from tests.cluster.system.kubectl import Kubectl
from tests.cluster.system.repository import Repository

OWNER: Final = "raibid"
REPOSITORY: Final = f"{OWNER}/cluster-config"


class System(NamedTuple):
    """The CI system as it stands in the cluster, and the repository that it comes from.

    `queue` is Redis as its administrator. `became_ready` has the second in which each Kustomization was first ready;
    `pods_before` and `pods_after` are those around the moment when Flux took over, by name with their UID.
    """

    kubectl: Kubectl
    repository: Repository
    gitea: Gitea
    queue: redis.Redis
    became_ready: dict[str, float]
    pods_before: dict[str, str]
    pods_after: dict[str, str]

    @property
    def namespace(self) -> str:
        """The CI system's namespace."""
        return str(self.repository.config.cluster.namespace)

    def deliver(self, changes: Mapping[str, Any], message: str) -> str:
        """Change config.yaml, render, commit, push, and wait until Flux has applied it; returns the commit's id."""
        self.repository.configure(changes)
        commit = self.repository.commit(message)
        flux.wait_applied(self.kubectl, commit)
        return commit


def install(kubectl: Kubectl, repository: Repository, report: Callable[[str], None]) -> System:
    """Bring the rendered sample into the cluster; `report` gets a line for each step."""
    rendered, config = repository.cluster, repository.config
    namespace = config.cluster.namespace
    report("namespaces and Flux")
    kubectl.apply(kubectl.build(rendered / "infrastructure/namespaces"))
    flux.apply_install_manifest(kubectl, kubectl.build(rendered / "flux-system"))
    flux.wait_for_controllers(kubectl)
    report("Redis and Gitea, from the files that Flux reconciles later")
    passwords = secrets.make_first(kubectl, namespace, config.admin_username)
    for component in (contract.REDIS, contract.GITEA):
        kubectl.apply(kubectl.build(rendered / "infrastructure" / component))
    for component in (contract.REDIS, contract.GITEA):
        kubectl.wait_ready("helmrelease", component, namespace, seconds=300)
    pods_before = _running_pods(kubectl, namespace)
    report("organization, repository, tokens")
    address = f"{kubectl.address(contract.GITEA, namespace)}:{contract.GITEA_PORT}"
    gitea = Gitea(f"http://{address}", config.admin_username, passwords[contract.GITEA])
    gitea.create_organization(OWNER)
    origin = gitea.create_repository(REPOSITORY)
    webhook = secrets.make_second(kubectl, namespace, gitea, config.registry)
    report("the push, and Flux takes over")
    git.Repo(repository.root).create_remote("origin", origin)
    commit = repository.commit("The cluster as it is rendered")
    kubectl.apply((rendered / "flux-system/gotk-sync.yaml").read_text(encoding="utf-8"))
    became_ready = flux.wait_applied(kubectl, commit, seconds=600)
    pods_after = _running_pods(kubectl, namespace)
    _announce_pushes(kubectl, gitea, config.service_host(contract.RECEIVER_SERVICE, contract.FLUX_NAMESPACE), webhook)
    queue = redis.Redis(
        kubectl.address(contract.REDIS, namespace), password=passwords[contract.REDIS], decode_responses=True
    )
    return System(kubectl, repository, gitea, queue, became_ready, pods_before, pods_after)


def _running_pods(kubectl: Kubectl, namespace: str) -> dict[str, str]:
    """Name and UID of each pod in the namespace."""
    return {each["metadata"]["name"]: each["metadata"]["uid"] for each in kubectl.find("pod", namespace)}


def _announce_pushes(kubectl: Kubectl, gitea: Gitea, host: str, secret: str) -> None:
    """Gitea's webhook to Flux: a push is reconciled at once, not at the next look."""
    receiver = kubectl.wait_ready("receiver", contract.GITEA, contract.FLUX_NAMESPACE)
    gitea.create_push_hook(REPOSITORY, f"http://{host}{receiver['status']['webhookPath']}", secret)
