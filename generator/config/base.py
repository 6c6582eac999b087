"""What the sections of config.yaml have in common.

A field's docstring is its entry in docs/config.md and in the JSON Schema; only generator/config/reference.py reads it.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from generator.config.types import Cpu, DnsName, Quantity


class Section(BaseModel):
    """A mapping of config.yaml: unknown keys are refused, and a key without a value has its default."""

    # Importing is most of a short command's time: only Config is built, with the sections in it, when it is used.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, data: Any) -> Any:
        if data is None:
            return {}
        return {key: item for key, item in data.items() if item is not None} if isinstance(data, dict) else data


def section(**values: Any) -> Any:
    """A key whose default is a section with `values`, made by the model around it."""
    return Field(default=values, validate_default=True)


class Resources(Section):
    cpu: Cpu = "2"
    """CPU that is reserved, in cores (`2`, `0.5`) or millicores (`500m`)."""
    memory: Quantity = "4Gi"
    """Memory that is reserved; also the limit."""
    ephemeral_storage: Quantity = "20Gi"
    """Local disk that a pod may fill: workspace, caches, logs."""


class Storage(Section):
    size: Quantity = "10Gi"
    """Size of the volume."""
    class_name: DnsName | None = None
    """StorageClass of the volume; without it the cluster's default (k3s: `local-path`)."""
