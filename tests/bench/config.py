"""Configurations with any number of pools, and the values in them that the peers' templates fill in as well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

# Unlike anything else in the rendered files, so that each is found there again.
CLUSTER = "bench-cluster"
NAMESPACE = "bench-namespace"
IMAGE = "registry.example.com/bench/agent:1.0.0"
MAX = 4321


def write_config(path: Path, pools: Sequence[str]) -> Path:
    """A config.yaml at `path` with a pool of each name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f"cluster:\n  name: {CLUSTER}\n  namespace: {NAMESPACE}\nagents:\n"
    path.write_text(head + "".join(f"  - name: {name}\n    image: {IMAGE}\n    max: {MAX}\n" for name in pools))
    return path


def pool_names(count: int) -> list[str]:
    """Names of equal length."""
    return [f"pool-{number:05}" for number in range(count)]
