"""KEDA with the rendered ScaledObject, ScaledJob and login: as many agents as jobs, none taken from its job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import pytest

from generator import contract
from tests.cluster.system.install import System
from tests.cluster.system.kubectl import Object
from tests.cluster.system.waiting import wait_for

# Keys of the stand-in agent (tests/cluster/agent): a job may say which key it waits for; who finished what is listed.
_GO: Final = "raibid:test:go"
_FINISHED: Final = "raibid:test:finished"
# KEDA looks every polling interval for the first agent; the HPA every 15 s for the others.
_SCALE_UP: Final = 60


class Pool:
    """A pool's stream and agents. A job runs until it is let go, so that a test decides when it ends."""

    def __init__(self, system: System, name: str) -> None:
        config = system.repository.config
        self.system = system
        self.stream = contract.pool_stream(config.redis.stream_name, name, first=name == config.agents[0].name)
        self.selector = f"{contract.LABEL_POOL}={name}"

    def submit(self, job: str) -> str:
        """Put a job into the stream; returns the entry's id."""
        return str(self.system.queue.xadd(self.stream, {"until": f"{_GO}:{job}"}))

    def let_go(self, job: str) -> None:
        """Let the job end."""
        self.system.queue.set(f"{_GO}:{job}", 1)

    def waiting(self) -> int:
        """Jobs that wait or run."""
        return int(self.system.queue.xlen(self.stream))

    def runners(self) -> dict[str, str]:
        """The entries that an agent works on, with the agent's name."""
        pending = self.system.queue.xpending_range(self.stream, contract.GROUP, "-", "+", 100)
        return {str(each["message_id"]): str(each["consumer"]) for each in pending}

    def results(self) -> list[list[str]]:
        """Each finished entry with the agent that finished it, in order."""
        return [str(line).split() for line in self.system.queue.lrange(_FINISHED, 0, -1)]

    def agents(self) -> dict[str, Object]:
        """The pool's pods that have not ended, those that drain among them."""
        pods = self.system.kubectl.find("pod", self.system.namespace, self.selector)
        ended = ("Succeeded", "Failed")
        return {each["metadata"]["name"]: each for each in pods if each["status"]["phase"] not in ended}

    def staying(self) -> list[str]:
        """The agents that have not been told to go."""
        return [name for name, each in self.agents().items() if "deletionTimestamp" not in each["metadata"]]

    def wait_agents(self, count: int, seconds: float) -> dict[str, Object]:
        """The agents once there are `count`, none of which is still starting."""
        return wait_for(
            f"{count} agents with {self.waiting()} jobs in the stream",
            self.agents,
            lambda found: len(found) == count and all(each["status"]["phase"] == "Running" for each in found.values()),
            seconds=seconds,
            describe=lambda found: {name: each["status"]["phase"] for name, each in found.items()},
        )

    def clean(self) -> None:
        """Let everything go and wait until nobody is left."""
        for job in "abcdefgh":
            self.let_go(job)
        self.wait_agents(0, 240)
        self.system.queue.delete(_FINISHED, *(f"{_GO}:{job}" for job in "abcdefgh"))


@pytest.fixture
def pool(system: System) -> Iterator[Pool]:
    """The sample's pool, idle before and after."""
    made = Pool(system, "default")
    yield made
    made.clean()


@pytest.fixture
def job_pool(system: System) -> Iterator[Pool]:
    """A pool with a pod for each job."""
    first = system.repository.config.agents[0].model_dump(exclude_unset=True)
    system.deliver({"agents": [first, {**first, "name": "batch", "mode": "job"}]}, "A pool with a pod for each job")
    made = Pool(system, "batch")
    yield made
    made.clean()
    system.repository.configure({"agents": [first]})
    system.repository.commit("One pool")


def test_from_none_to_as_many_agents_as_jobs_and_back(pool: Pool) -> None:
    entries = {job: pool.submit(job) for job in "ab"}
    agents = pool.wait_agents(2, _SCALE_UP)
    wait_for("each agent to have a job", pool.runners, lambda found: set(found.values()) == set(agents), seconds=30)
    _stays(pool, 2, seconds=20)  # more than a round of the HPA, several of KEDA
    for job in "ab":
        pool.let_go(job)
    wait_for("an empty stream", pool.waiting, lambda count: count == 0, seconds=30)
    emptied = time.monotonic()
    keda = pool.system.repository.config.keda
    wait_for("the last agent to be told to go", pool.staying, lambda names: not names, seconds=240)
    assert time.monotonic() - emptied >= keda.cooldown_period - keda.polling_interval - 1
    pool.wait_agents(0, 240)
    assert sorted(entry for entry, _ in pool.results()) == sorted(entries.values())


def test_no_agent_is_gone_while_its_job_is_in_the_stream(pool: Pool) -> None:
    entries = {job: pool.submit(job) for job in "abc"}
    pool.wait_agents(3, _SCALE_UP)
    runners = wait_for("each job to have an agent", pool.runners, lambda found: len(found) == 3, seconds=30)
    pool.let_go("a")
    wait_for(
        "one agent to be told to go",
        pool.staying,
        lambda names: len(names) < 3,
        seconds=240,
    )
    for _ in range(10):
        working = {runners[entries[job]] for job in "bc"}
        assert working <= set(pool.agents())
        time.sleep(1)
    for job in "bc":
        pool.let_go(job)
    wait_for("an empty stream", pool.waiting, lambda count: count == 0, seconds=60)
    assert sorted(pool.results()) == sorted([entry, runners[entry]] for entry in entries.values())


def test_more_jobs_than_agents_wait_for_their_turn(pool: Pool) -> None:
    entries = [pool.submit(job) for job in "abcde"]
    pool.wait_agents(3, _SCALE_UP)
    for job in "abcde":
        pool.let_go(job)
    wait_for("an empty stream", pool.waiting, lambda count: count == 0, seconds=60)
    assert sorted(entry for entry, _ in pool.results()) == sorted(entries)


def test_in_mode_job_each_job_has_a_pod_of_its_own(job_pool: Pool) -> None:
    entries = {job: job_pool.submit(job) for job in "ab"}
    agents = job_pool.wait_agents(2, _SCALE_UP)
    _stays(job_pool, 2, seconds=12)
    for job in "ab":
        job_pool.let_go(job)
    job_pool.wait_agents(0, 60)
    _stays(job_pool, 0, seconds=8)
    assert sorted(entry for entry, _ in job_pool.results()) == sorted(entries.values())
    assert {agent for _, agent in job_pool.results()} == set(agents)
    done = job_pool.system.kubectl.find("job", job_pool.system.namespace, "scaledjob.keda.sh/name=raibid-agent-batch")
    assert [each["status"].get("succeeded") for each in done] == [1, 1]


def _stays(pool: Pool, count: int, *, seconds: float) -> None:
    """There are exactly `count` agents all this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert len(pool.agents()) == count
        time.sleep(1)
