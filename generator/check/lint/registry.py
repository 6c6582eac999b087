"""The table of lint rules, and running them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import NamedTuple, Protocol, TypeVar

from generator.check.finding import Finding, Severity
from generator.check.repository.objects import Place, Repository
from generator.errors import ConfigError, closest
from generator.yamlio import Mark

T = TypeVar("T")


class Located(Protocol):
    """A manifest or a kustomization.yaml."""

    @property
    def path(self) -> str:
        """Relative to the repository."""

    @property
    def subject(self) -> str:
        """For people."""

    def mark(self, place: Place) -> Mark:
        """Where a field stands."""


class Hit(NamedTuple):
    """What a rule found: where, and what would happen there. Without `mend` the rule's own is shown."""

    where: Located
    place: Place
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `id` is stable; `check` gives the findings of a repository."""

    id: str
    title: str
    severity: Severity
    consequence: str
    mend: str
    check: Callable[[Repository], Iterator[Finding]]


RULES: dict[str, Rule] = {}


def rule(
    rule_id: str, title: str, *, consequence: str, mend: str, severity: Severity = "error"
) -> Callable[[Callable[[Repository], Iterator[Hit]]], Callable[[Repository], Iterator[Finding]]]:
    """Register the decorated function, which gives hits, as the rule `rule_id`, which gives findings."""

    def register(
        function: Callable[[Repository], Iterator[Hit]],
    ) -> Callable[[Repository], Iterator[Finding]]:
        @wraps(function)
        def check(repository: Repository) -> Iterator[Finding]:
            for hit in function(repository):
                yield Finding(
                    hit.where.path,
                    hit.where.mark(hit.place).line,
                    rule_id,
                    severity,
                    hit.where.subject,
                    hit.message,
                    hit.mend or mend,
                )

        if rule_id in RULES:
            raise ValueError(f"two lint rules are called {rule_id}")
        RULES[rule_id] = Rule(rule_id, title, severity, consequence, mend, check)
        return check

    return register


def once(function: Callable[[Repository], T]) -> Callable[[Repository], T]:
    """Compute `function` once for each repository, whichever rules ask for it."""

    @wraps(function)
    def remembered(repository: Repository) -> T:
        if function not in repository.memo:
            repository.memo[function] = function(repository)
        result: T = repository.memo[function]
        return result

    return remembered


def lint_repository(repository: Repository) -> list[Finding]:
    """What every rule finds, sorted by file and line, each once."""
    return sorted({finding for rule in RULES.values() for finding in rule.check(repository)})


def explain(rule_id: str) -> str:
    """A rule in words, for a person. Raises ConfigError for an id that no rule has."""
    rule = RULES.get(rule_id)
    if rule is None:
        close = closest(rule_id, RULES)
        hint = f"did you mean {close}?" if close else f"there are {', '.join(sorted(RULES))}"
        raise ConfigError(f"{rule_id}: there is no such lint rule; {hint}")
    return (
        f"{rule.id} ({rule.severity}): {rule.title}\n\n"
        f"What would happen: {rule.consequence}\n"
        f"How to mend it: {rule.mend}\n"
    )
