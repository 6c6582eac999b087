"""What `raibid-gen init` writes, asks, and leaves alone."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from git import Repo

from generator.config import Config, load_config, parse_config
from generator.config.starter import starter_config
from generator.render import render_cluster
from generator.yamlio import read_documents
from tests.support import build_file_tree, read_file_tree

SEED = Path(__file__).parents[2] / "clusters/dgx-spark-ci/config.yaml"
COMMAND = Path(sys.executable).parent / "raibid-gen"
CONFIG = "clusters/my-ci/config.yaml"
FILES = {".gitignore", "README.md", ".raibid/config.schema.json", CONFIG}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder to call `init` in, below which no Git repository lies."""
    return tmp_path


def init(here: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "init", *args], cwd=here, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def refused(here: Path, *args: str) -> tuple[int, str]:
    """Exit code and message of an init that must leave every file as it was."""
    before = read_file_tree(here)
    done = init(here, *args)
    assert read_file_tree(here) == before
    return done.returncode, done.stderr


def own_files(root: Path) -> set[str]:
    return {path for path in read_file_tree(root) if not path.startswith(".git/")}


def starter(**cluster: str) -> str:
    config = Config.model_validate({"cluster": {"name": "my-ci", **cluster}})
    return starter_config(config, "../../x.json")


def test_a_name_makes_a_git_repository(here: Path) -> None:
    done = init(here, "my-ci")
    assert (done.returncode, done.stderr) == (0, "")
    assert own_files(here / "my-ci") == FILES
    with Repo(here / "my-ci") as repo:
        assert repo.active_branch.name == "main"
        assert not repo.head.is_valid()
        assert not repo.is_dirty(untracked_files=False)


def test_it_ends_with_what_to_do_next(here: Path) -> None:
    last = init(here, "my-ci").stdout.strip().splitlines()[-1]
    assert last == "  cd my-ci && raibid-gen render"
    environment = {**os.environ, "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(here)}
    environment.pop("RAIBID_CONFIG", None)
    subprocess.run(["/bin/sh", "-c", last], cwd=here, env=environment, check=True, capture_output=True)
    assert (here / "my-ci/clusters/my-ci/raibid.lock").is_file()


def test_the_configuration_loads_without_a_warning(here: Path) -> None:
    init(here, "my-ci")
    loaded = load_config(here / "my-ci" / CONFIG)
    assert loaded.warnings == ()
    assert loaded.config.cluster.name == "my-ci"


def test_editors_find_the_schema_and_it_takes_the_file(here: Path) -> None:
    init(here, "my-ci")
    file = here / "my-ci" / CONFIG
    text = file.read_text()
    place = re.fullmatch(r"# yaml-language-server: \$schema=(.*)", text.splitlines()[0])
    assert place
    schema = json.loads((file.parent / place[1]).read_text())
    jsonschema.validate(read_documents(text)[0].value, schema)


@pytest.mark.parametrize("arch", ["arm64", "amd64"])
@pytest.mark.parametrize("profile", ["minimum", "recommended"])
def test_every_default_in_a_comment_is_the_default(arch: str, profile: str) -> None:
    """Taking each `#` away changes nothing of what is rendered."""
    text = starter(arch=arch, profile=profile)
    uncommented = re.sub(r"^( *)#(?=\S|  )", r"\1", text.split("\n\n", 1)[1], flags=re.MULTILINE)
    assert len(read_documents(uncommented)[0].value) == len(Config.model_fields)
    plain, full = (parse_config(one, Path("c.yaml")).config for one in (text, uncommented))
    assert full != plain
    nowhere = Path("/nonexistent")
    assert render_cluster(full, nowhere).files == render_cluster(plain, nowhere).files


def test_every_key_is_explained() -> None:
    lines = starter().splitlines()
    keys = [
        n for n, line in enumerate(lines) if re.match(r" {2}(?:- | {2})?#?[a-z_]+:|#?[a-z0-9_]+:|#  [a-z_]+:", line)
    ]
    bare = [lines[n] for n in keys if not re.match(r" *#  ?# |^ *# |^[a-z0-9]+:$|^#  # ", lines[n - 1])]
    assert bare == []


def test_a_name_that_yaml_takes_for_a_number_stays_a_name(here: Path) -> None:
    assert init(here, "1e3").returncode == 0
    assert load_config(here / "1e3/clusters/1e3/config.yaml").config.cluster.name == "1e3"


def test_a_second_cluster_goes_into_the_repository(here: Path) -> None:
    init(here, "my-ci")
    before = read_file_tree(here / "my-ci")
    done = init(here / "my-ci", "other")
    after = read_file_tree(here / "my-ci")
    assert done.stdout.splitlines()[0] == "created   clusters/other/config.yaml"
    assert done.stdout.splitlines()[-1] == "  raibid-gen render -c clusters/other/config.yaml"
    assert after.items() >= before.items()
    assert own_files(here / "my-ci") == FILES | {"clusters/other/config.yaml"}


def test_files_of_a_repository_that_is_there_stay(here: Path) -> None:
    Repo.init(here).close()
    build_file_tree(here, {"README.md": "mine\n", ".gitignore": "mine\n", "src/main.c": "mine\n"})
    assert init(here, "my-ci").returncode == 0
    mine = {"README.md", ".gitignore", "src/main.c"}
    assert {path: text for path, text in read_file_tree(here).items() if path in mine} == dict.fromkeys(mine, "mine\n")
    assert (here / CONFIG).is_file()


def test_an_interrupted_init_is_finished_by_the_next(here: Path) -> None:
    Repo.init(here / "my-ci").close()
    (here / "my-ci/clusters/my-ci").mkdir(parents=True)
    assert init(here, "my-ci").returncode == 0
    assert own_files(here / "my-ci") == FILES


def test_an_empty_folder_is_used(here: Path) -> None:
    assert init(here, "my-ci", "-o", ".").returncode == 0
    assert own_files(here) == FILES


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"my-ci/notes.txt": "mine"}, "my-ci is neither empty nor a Git repository: choose another folder with -o"),
        ({"my-ci": "mine"}, "my-ci is a file: choose another folder with -o"),
        ({"my-ci/.git/HEAD": "", f"my-ci/{CONFIG}": "{}"}, f"my-ci/{CONFIG} is there already: edit it, or choose"),
        ({"my-ci/.git/HEAD": "", "my-ci/clusters/my-ci/x": ""}, "my-ci/clusters/my-ci is there already and not empty"),
        ({"my-ci/.git/HEAD": "", "my-ci/clusters": ""}, "my-ci/clusters is a file where a folder should be"),
    ],
)
def test_nothing_is_overwritten(here: Path, files: dict[str, str], message: str) -> None:
    build_file_tree(here, files)
    code, said = refused(here, "my-ci")
    assert code == 3
    assert message in said


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["My_CI"], "NAME 'My_CI' is not a DNS label: lower-case letters, digits and hyphens"),
        (["../up"], "NAME '../up' is not a DNS label"),
        (["x" * 41], "NAME is 41 characters long; at most 40 are allowed"),
        ([""], "NAME '' is not a DNS label"),
        ([], "Missing argument 'NAME': what is the cluster to be called"),
        (["my-ci", "--from", "missing.yaml"], "missing.yaml: cannot be read: No such file"),
    ],
)
def test_what_cannot_be_used_is_refused(here: Path, args: list[str], message: str) -> None:
    code, said = refused(here, *args)
    assert code == 2
    assert message in said
    assert "Traceback" not in said


def test_a_folder_inside_a_repository_is_no_place_for_another(here: Path) -> None:
    Repo.init(here).close()
    (here / "src").mkdir()
    code, said = refused(here / "src", "my-ci")
    assert code == 2
    assert f"this folder lies inside the Git repository {here}: go there, or choose a folder with -o" in said


def test_a_configuration_is_copied_in_as_it_is(here: Path) -> None:
    done = init(here, "--from", str(SEED))
    assert done.returncode == 0
    assert "gitea.admin_user: Gitea reserves the name admin" in done.stderr
    assert (here / "dgx-spark-ci/clusters/dgx-spark-ci/config.yaml").read_bytes() == SEED.read_bytes()


def test_a_configuration_of_another_cluster_is_not_renamed(here: Path) -> None:
    code, said = refused(here, "my-ci", "--from", str(SEED))
    assert code == 2
    assert "cluster.name is dgx-spark-ci, not my-ci; change it there, or leave out NAME" in said


def test_a_broken_configuration_is_not_copied(here: Path) -> None:
    (here / "mine.yaml").write_text("keda: {versoin: 1}\n")
    code, said = refused(here, "--from", "mine.yaml")
    assert code == 2
    assert "mine.yaml:1:8 keda.versoin: unknown key; did you mean version?" in said


def test_the_branch_is_the_one_that_flux_reads(here: Path) -> None:
    (here / "mine.yaml").write_text("{cluster: {name: a}, flux: {branch: live}}\n")
    init(here, "--from", "mine.yaml")
    with Repo(here / "a") as repo:
        assert repo.active_branch.name == "live"


def test_no_identity_is_needed(here: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(here / "nobody"), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run([COMMAND, "init", "a"], cwd=here, env=environment, capture_output=True, check=False)
    assert done.returncode == 0


def test_a_terminal_is_asked_for_processor_and_size(here: Path) -> None:
    parent, child = pty.openpty()
    with subprocess.Popen([COMMAND, "init", "my-ci"], cwd=here, stdin=child, stdout=child, stderr=child) as process:
        os.write(parent, b"sparc\namd64\nrecommended\n")
        os.close(child)
        said = b""
        while b"raibid-gen render" not in said:
            said += os.read(parent, 4096)
    os.close(parent)
    assert process.returncode == 0
    assert b"Processor of the nodes (arm64, amd64)" in said
    assert b"'sparc' is not one of 'arm64', 'amd64'" in said
    cluster = load_config(here / "my-ci" / CONFIG).config.cluster
    assert (cluster.arch, cluster.profile) == ("amd64", "recommended")
