"""The sizes of both profiles add up to the user's resource tables."""

from __future__ import annotations

import pytest

from generator.render.sizes import SIZES

FLUX = ("source-controller", "kustomize-controller", "helm-controller", "notification-controller")
KEDA = ("keda-operator", "keda-operator-metrics-apiserver", "keda-admission-webhooks")


@pytest.mark.parametrize(
    ("profile", "workloads", "cpu", "memory"),
    [
        ("minimum", ("gitea",), 500, 512),
        ("minimum", ("redis",), 250, 256),
        ("minimum", KEDA, 100, 128),
        ("minimum", FLUX, 200, 256),
        ("recommended", ("gitea",), 1000, 1024),
        ("recommended", ("redis",), 500, 512),
        ("recommended", KEDA, 200, 256),
        ("recommended", FLUX, 300, 512),
    ],
)
def test_requests_add_up_to_the_table(profile: str, workloads: tuple[str, ...], cpu: int, memory: int) -> None:
    chosen = [SIZES[profile][name] for name in workloads]
    assert (sum(size.cpu for size in chosen), sum(size.memory for size in chosen)) == (cpu, memory)


@pytest.mark.parametrize("profile", SIZES)
def test_a_limit_is_never_below_its_request(profile: str) -> None:
    for size in SIZES[profile].values():
        assert size.cpu_limit >= size.cpu
        assert size.memory_limit >= size.memory
