"""Every lint rule catches what it is for and lets the right way pass: tests/fixtures/lint/<rule>/{bad,good}."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generator.check.finding import Finding
from generator.check.lint import RULES, explain, lint_repository
from generator.check.lint.reference import lint_reference
from generator.check.repository.manifests import load_repository
from generator.errors import ConfigError

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/lint"


def lint(folder: Path) -> list[Finding]:
    return lint_repository(load_repository(folder, folder))


@pytest.mark.parametrize("rule", sorted(RULES))
def test_bad_tree_gives_the_rule_and_no_other(rule: str) -> None:
    found = lint(FIXTURES / rule / "bad")
    lines = [f"{item.path}:{item.line}: {item.subject}: {item.message}" for item in found]
    assert lines == (FIXTURES / rule / "expected.txt").read_text().splitlines()
    assert {(item.rule, item.severity) for item in found} == {(rule, RULES[rule].severity)}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_good_tree_gives_nothing(rule: str) -> None:
    assert any((FIXTURES / rule / "good").rglob("*.yaml"))
    assert lint(FIXTURES / rule / "good") == []


def test_no_fixture_is_left_of_a_rule_that_is_gone() -> None:
    assert {folder.name for folder in FIXTURES.iterdir()} == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_texts_are_sentences(rule: str) -> None:
    for text in (RULES[rule].consequence, RULES[rule].mend):
        assert text[0].isupper()
        assert text.endswith(".")


def test_explain() -> None:
    assert explain("scaled-replicas") == (
        "scaled-replicas (error): Fixed replicas under an autoscaler\n\n"
        "What would happen: Flux and the autoscaler set the number in turn: agents are killed in the middle of a job, "
        "every interval.\n"
        "How to mend it: Remove spec.replicas.\n"
    )


def test_explain_suggests_the_nearest_rule() -> None:
    with pytest.raises(
        ConfigError, match=r"scaled-replica: there is no such lint rule; did you mean scaled-replicas\?"
    ):
        explain("scaled-replica")


def test_explain_without_a_near_rule() -> None:
    with pytest.raises(ConfigError, match=r"zzz: there is no such lint rule; there are .*, duplicate-object, .*"):
        explain("zzz")


def test_the_reference_is_in_step() -> None:
    assert (ROOT / "docs/lint.md").read_text() == lint_reference()


def test_an_overlay_of_no_component_is_told_what_render_applies(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "not-applied" / "good", tmp_path, dirs_exist_ok=True)
    overlay = tmp_path / "overlays/redsi/kustomization.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text("resources: []\n")
    (found,) = lint(tmp_path)
    assert found.rule == "not-applied"
    assert found.mend == (
        "Run `raibid-gen render`. It applies a folder that has a component's name; list any other one in "
        "overlays/kustomization.yaml."
    )
