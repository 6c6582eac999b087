"""The components of a cluster: where each one's files lie, when it is there, and what it waits for.

This table is the order in which Flux builds the cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from generator import contract
from generator.config import Config


@dataclass(frozen=True, slots=True)
class Component:
    """A folder that one Flux Kustomization applies.

    `timeout` covers its slowest first installation. With `keeps_data`, its objects outlive the Kustomization.
    Where `waits` is false, it is ready as soon as its objects are applied.
    """

    name: str
    folder: str
    depends_on: tuple[str, ...]
    wanted: Callable[[Config], bool]
    timeout: str = "5m"
    keeps_data: bool = False
    waits: bool = True


def _always(_: Config) -> bool:
    return True


COMPONENTS: tuple[Component, ...] = (
    Component("namespaces", "infrastructure/namespaces", (), _always, keeps_data=True),
    Component(
        "secrets",
        contract.SECRETS_FOLDER,
        ("namespaces",),
        lambda config: config.secrets.mode == "sops",
        keeps_data=True,
    ),
    Component(
        "redis",
        "infrastructure/redis",
        ("namespaces", "secrets"),
        lambda config: not config.redis_is_external,
        timeout="10m",
        keeps_data=True,
    ),
    Component(
        "gitea",
        "infrastructure/gitea",
        ("namespaces", "secrets"),
        lambda config: not config.gitea_is_external,
        timeout="15m",
        keeps_data=True,
    ),
    Component("keda", "infrastructure/keda", ("namespaces",), _always, timeout="10m"),
    Component("buildkit", "infrastructure/buildkit", ("namespaces",), lambda config: config.builds_images),
    Component(
        "notifications", "infrastructure/notifications", ("gitea", "secrets"), lambda config: config.flux.receiver
    ),
    Component("api", "apps/api", ("namespaces", "redis", "gitea", "secrets"), _always),
    Component(
        "agents",
        "apps/agents",
        ("namespaces", "redis", "gitea", "keda", "buildkit", "secrets"),
        lambda config: bool(config.agents),
        timeout="10m",
    ),
    Component(
        "tenants",
        "apps/tenants",
        ("namespaces", "gitea"),
        lambda config: bool(config.flux.tenants),
        keeps_data=True,
        # A tenant's broken repository is the tenant's affair.
        waits=False,
    ),
    Component("monitoring", "infrastructure/monitoring", ("namespaces", "keda"), lambda config: config.is_monitored),
)


def wanted_components(config: Config) -> list[Component]:
    """The components of this cluster, in the table's order."""
    return [component for component in COMPONENTS if component.wanted(config)]


def dependencies(component: Component, present: Sequence[Component]) -> list[str]:
    """Names of the components that must be ready before `component` is applied, of those that are there."""
    names = {other.name for other in present}
    return [name for name in component.depends_on if name in names]
