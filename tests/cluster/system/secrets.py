"""The Secrets of the contract, as `raibid-gen bootstrap` makes them: in the cluster, never in Git."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping

from generator import contract
from tests.cluster.system.gitea import Gitea
from tests.cluster.system.kubectl import Kubectl


def make_first(kubectl: Kubectl, namespace: str, admin: str) -> dict[str, str]:
    """What Gitea and Redis start with. Returns the password of each one's administrator, by component."""
    passwords = {contract.GITEA: secrets.token_urlsafe(24), contract.REDIS: secrets.token_urlsafe(24)}
    login = {contract.USERNAME: admin, contract.PASSWORD: passwords[contract.GITEA]}
    _apply(kubectl, namespace, contract.GITEA_ADMIN_SECRET, login)
    users = {
        contract.REDIS_DEFAULT_USER: passwords[contract.REDIS],
        contract.REDIS_USER: secrets.token_urlsafe(24),
        contract.USERNAME: contract.REDIS_USER,
    }
    _apply(kubectl, namespace, contract.REDIS_SECRET, users)
    return passwords


def make_second(kubectl: Kubectl, namespace: str, gitea: Gitea, registry: str) -> str:
    """What needs tokens of Gitea's. Returns the secret that webhooks to Flux are signed with."""
    read = gitea.create_token("flux", "read:repository")
    status = gitea.create_token("flux-status", "write:repository")
    packages = gitea.create_token("registry", "write:package")
    hook = secrets.token_hex(32)
    flux = contract.FLUX_NAMESPACE
    _apply(kubectl, flux, contract.FLUX_GIT_SECRET, {contract.USERNAME: gitea.user, contract.PASSWORD: read})
    _apply(kubectl, flux, contract.FLUX_STATUS_SECRET, {contract.TOKEN: status})
    _apply(kubectl, flux, contract.FLUX_RECEIVER_SECRET, {contract.TOKEN: hook})
    _apply(kubectl, namespace, contract.AGENT_SECRET, {contract.GITEA_TOKEN: read})
    own = {key: secrets.token_hex(32) for key in contract.API_SECRET.keys if key != contract.GITEA_TOKEN}
    _apply(kubectl, namespace, contract.API_SECRET, {**own, contract.GITEA_TOKEN: status})
    login = base64.b64encode(f"{gitea.user}:{packages}".encode()).decode()
    docker = json.dumps({"auths": {registry: {"auth": login}}})
    _apply(kubectl, namespace, contract.REGISTRY_SECRET, {contract.REGISTRY_SECRET.keys[0]: docker})
    return hook


def _apply(kubectl: Kubectl, namespace: str, which: contract.SecretKeys, data: Mapping[str, str]) -> None:
    assert set(data) == set(which.keys), f"Secret {which.name} has the keys {which.keys} in the contract"
    kind = "kubernetes.io/dockerconfigjson" if which is contract.REGISTRY_SECRET else "Opaque"
    metadata = {"name": which.name, "namespace": namespace}
    manifest = {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": metadata, "stringData": dict(data)}
    kubectl.run("apply", "--server-side", "--field-manager=raibid-gen", "-f", "-", text=json.dumps(manifest))
