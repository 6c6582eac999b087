"""One real Kubernetes for a test run, with the sample installed into it when a test asks for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from tests.cluster.node import network, sandbox
from tests.cluster.node.place import Cluster
from tests.cluster.system import records
from tests.cluster.system.install import System, install
from tests.cluster.system.kubectl import Kubectl
from tests.cluster.system.repository import check_out_sample

_RECORDS: Final = Path(__file__).parents[2] / "build/cluster-records"
_KUBECTL: Final = pytest.StashKey[tuple[Kubectl, Path]]()
# What the sample does not have and this cluster needs: mirrors, its architecture, and sizes and times that let two
# cores show within minutes what the defaults would show on a larger machine within hours.
_CHANGES: Final = {
    "cluster": {"arch": "amd64"},
    "keda": {"polling_interval": 3, "cooldown_period": 15},
    "agents": [
        {"name": "default", "max": 3, "resources": {"cpu": "20m", "memory": "64Mi", "ephemeral_storage": "64Mi"}}
    ],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip where there can be no cluster. What needs none, or an empty one, comes before the sample is installed."""
    if reason := sandbox.unsupported():
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"no cluster on this machine: {reason}"))
    items.sort(key=lambda item: [name in getattr(item, "fixturenames", ()) for name in ("system", "cluster")])


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Prints a line at once, although pytest captures output: the long steps show how far they are."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def show(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)

    return show


@pytest.fixture(scope="session")
def programs(report: Callable[[str], None]) -> Path:
    """The folder of all programs, built if need be."""
    made, _ = sandbox.build(report)
    return made.bin


@pytest.fixture(scope="session")
def cluster(report: Callable[[str], None]) -> Iterator[Cluster]:
    """The cluster; the test process is in its network, so that Services are reached by their addresses."""
    made = sandbox.up(report, owner=os.getpid())
    try:
        with network.inside():
            yield made
    finally:
        sandbox.down(report)


@pytest.fixture(scope="session")
def kubectl(cluster: Cluster, request: pytest.FixtureRequest) -> Kubectl:
    """kubectl as the cluster's administrator."""
    made = Kubectl(cluster.bin / "kubectl", cluster.kubeconfig)
    request.config.stash[_KUBECTL] = made, cluster.logs
    return made


@pytest.fixture
def namespace(kubectl: Kubectl) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"test-{uuid4().hex[:8]}"
    kubectl.run("create", "namespace", name)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def system(
    cluster: Cluster, kubectl: Kubectl, report: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory
) -> System:
    """The sample in the current version set, charts from the cluster's mirror, reconciled by Flux."""
    mirrors = dict.fromkeys(("gitea", "redis", "keda"), cluster.charts_url)
    repository = check_out_sample(tmp_path_factory.mktemp("repository"), {**_CHANGES, "charts": mirrors})
    return install(kubectl, repository, report)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the records of a test that failed, while the cluster still is as it was."""
    result = yield
    if result.failed and _KUBECTL in item.config.stash:
        kubectl, logs = item.config.stash[_KUBECTL]
        folder = _RECORDS / re.sub(r"\W+", "-", item.name)
        records.keep(kubectl, logs, folder)
        result.sections.append(("Records", f"what every component said: {folder}"))
    return result
