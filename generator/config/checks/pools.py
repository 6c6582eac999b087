"""Pools of agents: sizes, streams, environment, tolerations."""

from __future__ import annotations

from collections.abc import Iterator

from generator import contract
from generator.config.checks.common import twice
from generator.config.model import Config
from generator.config.problems import Place, Problem
from generator.config.workloads import Pool

# The agents' own; a pool that sets one would not get what it asks for.
_RESERVED_VARIABLES = frozenset(value for name, value in vars(contract.Environment).items() if name.isupper())


def pools(config: Config) -> Iterator[Problem]:
    yield from twice(("agents",), "name", [pool.name for pool in config.agents])
    for number, pool in enumerate(config.agents):
        path = ("agents", number)
        if pool.min > pool.max:
            yield Problem((*path, "min"), f"min {pool.min} is above max {pool.max}")
        if pool.mode == "job" and pool.jobs_per_agent != 1:
            yield Problem((*path, "jobs_per_agent"), "an agent of `mode: job` runs one job; leave it out")
        yield from _environment(path, pool)
        yield from _tolerations(path, pool)
    yield from _streams(config)


def _environment(path: Place, pool: Pool) -> Iterator[Problem]:
    for name in pool.env:
        if name in _RESERVED_VARIABLES:
            yield Problem((*path, "env", name), "raibid sets this variable itself; choose another name", at_key=True)


def _tolerations(path: Place, pool: Pool) -> Iterator[Problem]:
    """Kubernetes' own rules (pkg/apis/core/validation, ValidateTolerations)."""
    for number, toleration in enumerate(pool.tolerations):
        place = (*path, "tolerations", number)
        if toleration.operator == "Exists" and toleration.value:
            yield Problem((*place, "value"), "`operator: Exists` takes any value; leave out one of the two")
        elif toleration.operator == "Equal" and toleration.key is None:
            yield Problem(place, "without a key only `operator: Exists` is allowed")


def _streams(config: Config) -> Iterator[Problem]:
    streams: dict[str, str] = {}
    for pool in config.agents:
        streams.setdefault(config.stream(pool), pool.name)
    for number, pool in enumerate(config.agents):
        stream = config.stream(pool)
        first = streams[stream]
        alive = stream.removesuffix(contract.DEAD_LETTER_SUFFIX)
        # Two pools of one name have one stream; that they have one name is said already.
        if first != pool.name:
            yield Problem(("agents", number, "stream"), f"the stream {stream} is read by the pool {first} too")
        elif alive != stream and alive in streams:
            text = f"the stream {stream} holds the failed jobs of the pool {streams[alive]}; name the pool otherwise"
            yield Problem(("agents", number, "stream"), text)
