"""The stand-in charts make what the real charts make from the same values, as far as others rely on it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from generator import contract
from generator.yamlio import dump_block, read_documents
from tests.cluster.build.compile import program
from tests.cluster.charts.objects import Facts, facts
from tests.cluster.charts.repository import complete_charts

_TESTS: Final = Path(__file__).parents[1]
_INFRASTRUCTURE: Final = _TESTS / "golden/current/clusters/everything/infrastructure"
# Release -> chart, version. The facts are those of this version.
_RELEASES: Final = {contract.GITEA: "gitea-12.7.0", contract.REDIS: "valkey-0.11.0", contract.KEDA: "keda-2.21.0"}


@pytest.fixture(scope="module")
def charts(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The charts' folders, by name."""
    return {folder.name: folder for folder in complete_charts(programs, tmp_path_factory.mktemp("charts"))}


@pytest.fixture(params=_RELEASES)
def release(request: pytest.FixtureRequest, charts: dict[str, Path], tmp_path: Path) -> list[str]:
    """Name, chart, namespace and values of a release, as arguments of helm."""
    name = request.param
    (document,) = read_documents((_INFRASTRUCTURE / name / "release.yaml").read_text())
    values = tmp_path / "values.yaml"
    values.write_text(dump_block(document.value["spec"]["values"]))
    chart = charts[document.value["spec"]["chart"]["spec"]["chart"]]
    return [name, str(chart), f"--namespace={document.value['metadata']['namespace']}", f"--values={values}"]


def test_the_chart_makes_what_the_real_one_makes(release: list[str]) -> None:
    assert facts(manifests(release)) == recorded(release[0])


def test_the_chart_has_no_lint(release: list[str]) -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", *release[1:])


def test_the_chart_is_of_the_version_that_it_stands_in_for(release: list[str]) -> None:
    (described,) = read_documents(helm("show", "chart", release[1]))
    assert f"{described.value['name']}-{described.value['version']}" == _RELEASES[release[0]]


def recorded(release: str) -> Facts:
    """The facts of the real chart, without the queue's exporter: its image cannot be built here."""
    (document,) = read_documents((_TESTS / f"fixtures/charts/{_RELEASES[release]}.objects.yaml").read_text())
    found: Facts = document.value
    if release == contract.REDIS:
        del found[f"Deployment {contract.REDIS}"]["containers"]["metrics"]
    return found


def manifests(release: list[str]) -> list[dict[str, Any]]:
    documents = read_documents(helm("template", *release))
    return [document.value for document in documents if document.value]


def helm(*arguments: str) -> str:
    return subprocess.run([program("helm"), *arguments], capture_output=True, text=True, check=True).stdout
