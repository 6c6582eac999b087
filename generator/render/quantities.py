"""Kubernetes quantities as numbers, and as other programs write them."""

from __future__ import annotations

import re


def millicores(cpu: str) -> int:
    """1500 for `1.5` and for `1500m`."""
    return int(cpu[:-1]) if cpu.endswith("m") else round(float(cpu) * 1000)


def valkey_memory(quantity: str) -> str:
    """A Kubernetes quantity as Valkey writes it: `1gb` for 1Gi, `1g` for 1G, bytes where Valkey has no unit."""
    match = re.fullmatch(r"(\d+)(?:([kMG])(i?))?", quantity)
    if match is None:
        return str(round(in_bytes(quantity)))
    return match[1] + (match[2] or "").lower() + ("b" if match[3] else "")


def in_bytes(quantity: str) -> float:
    """512.0 * 2**20 for `512Mi` (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kMGTPE]?)(i?)", quantity)
    if match is None:
        raise ValueError(f"{quantity!r} is not a quantity")
    power = " kMGTPE".index(match[2] or " ")
    unit = 1024 if match[3] else 1000
    return float(match[1]) * float(unit**power)
