"""What `raibid-gen upgrade` proposes, says and writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli.upgrade import command
from generator.config import load_config
from generator.config.upgrades import Proposal, propose
from generator.errors import ConfigError, RaibidError

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/upgrade"
SEED = ROOT / "clusters/dgx-spark-ci/config.yaml"


def proposed(text: str) -> Proposal:
    return propose(text, Path("config.yaml"))


def steps(proposal: Proposal) -> dict[str, str]:
    return {one.key: one.target for one in proposal.upgrades}


def notes(proposal: Proposal) -> str:
    return "\n".join(note for one in proposal.upgrades for note in one.notes)


def run(*args: str) -> tuple[int, str]:
    """Exit code, and all that a person sees."""
    result = CliRunner().invoke(command, args)
    if isinstance(result.exception, RaibidError):
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_bytes(SEED.read_bytes())
    return file


def test_the_seed_goes_to_the_current_set() -> None:
    assert steps(proposed(SEED.read_text())) == {
        "k3s.version": "v1.36.4+k3s1",
        "flux.version": "v2.9.5",
        "keda.version": "2.21.0",
        "gitea.chart_version": "12.7.0",
    }


def test_notes_say_what_to_mind() -> None:
    said = notes(proposed(SEED.read_text()))
    assert "1.28 -> 1.29 -> 1.30 -> 1.31 -> 1.32 -> 1.33 -> 1.34 -> 1.35 -> 1.36" in said
    assert "v2.9.5 starts on Kubernetes 1.33 or newer: k3s goes first." in said
    assert "serves no HelmRelease v2beta2, HelmRepository v1beta2" in said
    assert "install one of v2.6 to v2.7 first and run `flux migrate`" in said
    assert "KEDA 2.21.0 is tested on Kubernetes 1.34 to 1.36" in said
    assert "Gitea itself changes (1.20.5 -> 1.27.3)" in said


def test_a_small_step_has_no_notes_about_a_long_way() -> None:
    said = notes(proposed("{k3s: {version: v1.35.1+k3s1}, flux: {version: v2.8.1}}"))
    assert "Kubernetes never skips" not in said
    assert "flux migrate" not in said


def test_keys_that_are_not_written_are_named_and_stay_away() -> None:
    proposal = proposed("keda: {version: 2.20.0}")
    assert steps(proposal) == {"keda.version": "2.21.0"}
    assert "k3s.version v1.36.4+k3s1" in proposal.unwritten
    assert proposal.text == "keda: {version: 2.21.0}"


def test_the_chart_of_keda_goes_with_its_release() -> None:
    assert steps(proposed("keda: {version: 2.20.0, chart: 2.20.1}")) == {
        "keda.version": "2.21.0",
        "keda.chart": "2.21.0",
    }


@pytest.mark.parametrize("version", ["v1.36.4+k3s2", "v1.36.5+k3s1", "v1.36.10+k3s1"])
def test_a_version_is_never_lowered(version: str) -> None:
    proposal = proposed(f"{{k3s: {{version: {version}}}, keda: {{version: 2.20.0}}}}")
    assert steps(proposal) == {"keda.version": "2.21.0"}
    assert f"k3s.version stays {version}: newer than v1.36.4+k3s1" in proposal.staying[0]


def test_a_release_follows_its_candidate() -> None:
    assert steps(proposed("gitea: {chart_version: 12.7.0-rc.1}")) == {"gitea.chart_version": "12.7.0"}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("{k3s: {manage: false, version: v1.35.1+k3s1}}", "k3s.version stays v1.35.1+k3s1: k3s.manage is false"),
        ("{flux: {version: v2.8.0, manifest: ./flux.yaml}}", "flux.version stays v2.8.0: flux.manifest holds"),
        ("{gitea: {url: 'https://git.lan', chart_version: 9.5.0}}", "gitea.chart_version stays 9.5.0: gitea.url lies"),
        ("{redis: {url: 'redis://a.lan', chart_version: 0.9.0}}", "redis.chart_version stays 0.9.0: redis.url lies"),
    ],
)
def test_what_is_not_ours_to_change_stays(config: str, reason: str) -> None:
    proposal = proposed(config)
    assert not proposal.upgrades
    assert proposal.staying[0].startswith(reason)


def test_a_set_that_does_not_fit_is_not_proposed() -> None:
    config = "{k3s: {manage: false, version: v1.28.5+k3s1}, flux: {version: v2.2.0}, keda: {version: 2.12.0}}"
    proposal = proposed(config)
    assert not proposal.upgrades
    assert proposal.text == config
    assert "does not fit here: flux.version: v2.9.5 " in proposal.staying[-1]


def test_a_version_that_no_longer_loads_is_mended() -> None:
    assert steps(proposed("keda: {version: 2.16.0}")) == {"keda.version": "2.21.0"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{keda: {versoin: 2.12.0}}", "config.yaml:1:9 keda.versoin: unknown key; did you mean version?"),
        ("{keda: {version: 2.12.0}, agents: [{min: 9}]}", "min 9 is above max 4"),
        ("{keda: {version: 2.12.0}, gitea: {node_port: 30300}, api: {node_port: 30300}}", "port 30300 is taken"),
    ],
)
def test_a_configuration_with_other_problems_is_refused(config: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        proposed(config)
    assert message in str(caught.value)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_style_of_writing_is_kept_byte_for_byte(tmp_path: Path, ends: bytes, mark: bytes) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(mark + (FIXTURES / "styles.yaml").read_bytes().replace(b"\n", ends))
    assert run("-c", str(file), "--yes")[0] == 0
    assert file.read_bytes() == mark + (FIXTURES / "styles.after.yaml").read_bytes().replace(b"\n", ends)


def test_the_seed_is_edited_in_its_four_versions_only(seed: Path) -> None:
    code, said = run("-c", str(seed), "--yes")
    assert code == 0
    assert "k3s.version          v1.28.5+k3s1 -> v1.36.4+k3s1" in said
    old, new = SEED.read_text().split("\n"), seed.read_text().split("\n")
    changed = {a.strip(): b.strip() for a, b in zip(old, new, strict=True) if a != b}
    assert changed == {
        'version: "v1.28.5+k3s1"': 'version: "v1.36.4+k3s1"',
        'chart_version: "9.5.0"': 'chart_version: "12.7.0"',
        'version: "2.12.0"': 'version: "2.21.0"',
        'version: "v2.2.0"': 'version: "v2.9.5"',
    }
    assert load_config(seed).config.flux.version == "v2.9.5"


def test_check_finds_and_writes_nothing(seed: Path) -> None:
    code, said = run("-c", str(seed), "--check")
    assert code == 1
    assert "config.yaml: newer versions that fit each other" in said
    assert seed.read_bytes() == SEED.read_bytes()


def test_up_to_date_is_no_finding(seed: Path) -> None:
    run("-c", str(seed), "--yes")
    code, said = run("-c", str(seed), "--check")
    assert code == 0
    assert re.search(r"config.yaml: up to date", said)


def test_without_a_terminal_nothing_is_asked_and_nothing_written(seed: Path) -> None:
    code, said = run("-c", str(seed))
    assert code == 2
    assert "--yes writes, --check only looks" in said
    assert seed.read_bytes() == SEED.read_bytes()


def test_an_alias_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    text = "keda:\n  version: &v 2.12.0\n  chart: *v\n"
    file.write_text(text)
    code, said = run("-c", str(file), "--yes")
    assert code == 2
    assert "config.yaml:2:12 keda.version: is shared with other keys by an anchor" in said
    assert file.read_text() == text
