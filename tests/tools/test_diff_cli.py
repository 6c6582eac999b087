"""`raibid-gen diff` as a command, with Git."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli.diff import command
from generator.errors import ConfigError, RaibidError
from tests.support import build_file_tree

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: n}\nspec: {ports: [{port: %d}]}\n"
AUTHOR = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RAIBID_CONFIG", raising=False)


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, files: dict[str, str]) -> str:
    build_file_tree(root, files)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "change")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two clusters; the second commit changes one Service, and a file that is none of ours."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch", "main")
    commit(
        root, {"clusters/one/a.yaml": SERVICE % ("a", 1), "clusters/two/a.yaml": SERVICE % ("a", 1), "other.yaml": "1"}
    )
    commit(root, {"clusters/one/a.yaml": SERVICE % ("a", 2), "other.yaml": "2"})
    return root


def diff(root: Path, *words: str) -> Result:
    return CliRunner().invoke(command, ["-o", str(root), *words])


def refusal(root: Path, *words: str) -> RaibidError:
    error = diff(root, *words).exception
    assert isinstance(error, RaibidError), error
    return error


CHANGED = (
    "~ Service n/a  (clusters/one/a.yaml)\n"
    '    - spec.ports[1/TCP]: {"port": 1}\n'
    '    + spec.ports[2/TCP]: {"port": 2}\n'
    "0 added, 1 changed, 0 removed, 0 moved, 0 not compared\n"
)


@pytest.mark.parametrize("words", [["HEAD~1..HEAD"], ["HEAD~1", "main"], ["HEAD~1.."], ["HEAD~1...main"]])
def test_revisions_are_compared(repository: Path, words: list[str]) -> None:
    result = diff(repository, *words)
    assert result.exit_code == 1
    assert result.output.partition("\n")[2] == CHANGED


def test_a_revision_is_compared_with_the_working_tree(repository: Path) -> None:
    assert diff(repository, "HEAD").exit_code == 0
    build_file_tree(repository, {"clusters/two/b.yaml": SERVICE % ("b", 1)})
    (repository / "clusters/two/a.yaml").unlink()
    assert diff(repository, "HEAD").output == (
        "HEAD -> working tree\n"
        "- Service n/a  (clusters/two/a.yaml)\n"
        "+ Service n/b  (clusters/two/b.yaml)\n"
        "1 added, 0 changed, 1 removed, 0 moved, 0 not compared\n"
    )


def test_the_index_is_not_written(repository: Path) -> None:
    os.utime(repository / "clusters/one/a.yaml", (1, 1))
    index = (repository / ".git/index").read_bytes()
    assert diff(repository, "HEAD").exit_code == 0
    assert (repository / ".git/index").read_bytes() == index


def test_three_dots_start_where_the_branches_parted(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "side", "HEAD~1")
    commit(repository, {"clusters/two/b.yaml": SERVICE % ("b", 1)})
    output = diff(repository, "main...").output
    assert "(merge base) -> HEAD\n+ Service n/b" in output
    assert "1 added, 0 changed, 0 removed" in output


def test_ignored_files_and_hidden_folders_are_left_out(repository: Path) -> None:
    build_file_tree(repository, {".gitignore": "*.tmp.yaml\n", "clusters/one/.raibid-render/x.yaml": "a: ["})
    build_file_tree(repository, {"clusters/one/x.tmp.yaml": SERVICE % ("x", 1)})
    assert diff(repository, "HEAD").exit_code == 0


def test_a_folder_of_a_repository_is_a_repository(repository: Path) -> None:
    commit(repository, {"sub [1]/clusters/one/a.yaml": SERVICE % ("a", 1)})
    commit(repository, {"sub [1]/clusters/one/a.yaml": SERVICE % ("a", 2)})
    assert diff(repository / "sub [1]", "HEAD~1..HEAD").output.partition("\n")[2] == CHANGED
    assert diff(repository, "HEAD~1..HEAD").exit_code == 0


def test_a_bare_repository_has_revisions_and_no_tree(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare.git")
    assert diff(tmp_path / "bare.git", "main~1..main").output.partition("\n")[2] == CHANGED
    assert "a bare repository has no working tree; compare two revisions" in str(refusal(tmp_path / "bare.git", "main"))


def test_a_merge_conflict_is_not_compared(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "side", "HEAD~1")
    commit(repository, {"clusters/one/a.yaml": SERVICE % ("a", 3)})
    subprocess.run(["git", "merge", "main"], cwd=repository, capture_output=True, check=False)
    result = diff(repository, "HEAD")
    assert result.exit_code == 1
    assert "clusters/one/a.yaml:4: not compared, working tree: has the marks of a merge conflict" in result.output
    assert "0 added, 0 changed, 0 removed, 0 moved, 1 not compared" in result.output


def test_a_link_is_compared_as_a_link(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(SERVICE % ("outside", 1))
    (repository / "clusters/one/link.yaml").symlink_to(tmp_path / "secret.yaml")
    result = diff(repository, "HEAD")
    assert "+ clusters/one/link.yaml  (+1 -0 lines)" in result.output
    assert "outside" not in result.output


def test_names_that_git_would_quote(repository: Path) -> None:
    commit(repository, {'clusters/one/ü "\n.yaml': SERVICE % ("b", 1)})
    assert '+ Service n/b  (clusters/one/ü "\\n.yaml)' in diff(repository, "HEAD~1..HEAD").output


def test_a_config_chooses_the_cluster(repository: Path) -> None:
    commit(repository, {"clusters/two/a.yaml": SERVICE % ("a", 2)})
    build_file_tree(repository, {"config.yaml": "cluster: {name: one}"})
    result = diff(repository, "-c", str(repository / "config.yaml"), "HEAD~2..HEAD")
    assert result.output.partition("\n")[2] == CHANGED


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere: no such revision here. Look at `git branch --all`, `git tag` and `git log`."),
        (["HEAD..nowhere"], "nowhere: no such revision here. Look at"),
        (["a", "b", "c"], "diff a b c: give REV, REV..REV, REV...REV or REV REV"),
        (["a..b", "c"], "diff a..b c: give REV, REV..REV, REV...REV or REV REV"),
        (["HEAD..--output=x"], "diff HEAD..--output=x: '--output=x' is no revision"),
        ([""], "diff : '' is no revision"),
    ],
)
def test_what_is_no_revision(repository: Path, words: list[str], message: str) -> None:
    error = refusal(repository, *words)
    assert isinstance(error, ConfigError)
    assert str(error).startswith(message)


def test_a_shallow_clone_says_how_to_get_the_rest(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "shallow")
    assert str(refusal(tmp_path / "shallow", "HEAD~1")) == (
        "HEAD~1: no such revision here. The clone is shallow: fetch the history with `git fetch --unshallow`."
    )


def test_branches_without_a_common_commit(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--orphan", "new")
    commit(repository, {})
    assert str(refusal(repository, "main...new")).startswith("main...new: no commit in common.")


def test_no_repository(tmp_path: Path) -> None:
    assert "not in a Git repository, so that it has no revisions" in str(refusal(tmp_path, "HEAD"))
    assert str(refusal(tmp_path / "x", "HEAD")).endswith("there is no such folder")


def test_without_a_revision_the_config_is_compared_with_the_files(tmp_path: Path) -> None:
    from generator.cli.render import command as render

    config = tmp_path / "clusters/ci/config.yaml"
    build_file_tree(tmp_path, {"clusters/ci/config.yaml": "cluster: {name: ci}\nagents: [{name: small, max: 3}]\n"})
    assert CliRunner().invoke(render, ["-o", str(tmp_path)]).exit_code == 0
    assert diff(tmp_path).exit_code == 0
    config.write_text(config.read_text().replace("max: 3", "max: 5"))
    edited = tmp_path / "clusters/ci/redis.yaml"
    edited.write_text(edited.read_text().replace("prune: true", "prune: false"))
    result = diff(tmp_path, "--format", "json")
    assert result.exit_code == 1
    told = {f"{one['kind']} {one['name']}": one for one in json.loads(result.stdout)["resources"]}
    assert told["ScaledObject raibid-agent-small"]["impact"] == ["scales from 0 to 5 replicas instead of 0 to 3"]
    (field,) = told["Kustomization redis"]["fields"]
    assert (field["path"], field["before"], field["after"]) == ("spec.prune", False, True)
    assert told["Kustomization redis"]["impact"][0].startswith("edited by hand")
