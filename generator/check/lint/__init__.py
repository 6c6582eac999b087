"""Lint rules: what kubeconform cannot see, because it looks at one object at a time.

A rule is a function of the repository, registered under a stable id by the decorator in registry.py; a module
holds the rules of one subject. docs/lint.md lists them.
"""

from generator.check.lint import (
    charts,
    crds,
    data,
    flux,
    helm,
    keda,
    named,
    network,
    order,
    pods,
    security,
    services,
    sources,
    structure,
)
from generator.check.lint.registry import RULES, Rule, explain, lint_repository

__all__ = [
    "RULES",
    "Rule",
    "charts",
    "crds",
    "data",
    "explain",
    "flux",
    "helm",
    "keda",
    "lint_repository",
    "named",
    "network",
    "order",
    "pods",
    "security",
    "services",
    "sources",
    "structure",
]
