"""raibid.lock as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.errors import ConfigError, OutsideError
from generator.lock import Lock, read_lock

RESTORE = (
    " Restore it from Git, or delete it and run `raibid-gen render --force`, "
    "which then overwrites files edited by hand as well."
)


def test_layout() -> None:
    lock = Lock({"generator": "0.1.0", "cluster": "x"}, {"b": "2", "a": "1"})
    assert lock.to_bytes() == (
        b'{\n  "cluster": "x",\n  "files": {\n    "a": "1",\n    "b": "2"\n  },\n  "generator": "0.1.0"\n}\n'
    )


def test_read_back(tmp_path: Path) -> None:
    lock = Lock({"generator": "0.1.0", "versions": {"flux": "v2.9.5"}}, {"a/b.yaml": "1"})
    (tmp_path / "raibid.lock").write_bytes(lock.to_bytes())
    assert read_lock(tmp_path / "raibid.lock") == lock


def test_missing(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "raibid.lock") is None


def test_unreadable(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="cannot read: Is a directory"):
        read_lock(tmp_path)


CONFLICT = '{\n  "files": {\n<<<<<<< HEAD\n    "a": "1"\n=======\n    "a": "2"\n>>>>>>> b\n  }\n}\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            CONFLICT,
            ":3: has the marks of a merge conflict. Take either side of the file "
            "(`git checkout --ours` or `--theirs`) and render again, which brings it up to date.",
            id="merge conflict",
        ),
        pytest.param(
            '{\n  "files": {\n    "a": "1",\n  }\n}\n',
            ":4: is not JSON: Expecting property name enclosed in double quotes." + RESTORE,
            id="comma",
        ),
        pytest.param("", ":1: is not JSON: Expecting value." + RESTORE, id="empty"),
        pytest.param("[" * 100_000, ":1: is nested too deeply for a lock." + RESTORE, id="nested"),
        pytest.param("[]", ':1: has no mapping "files" of paths to SHA-256.' + RESTORE, id="list"),
        pytest.param("{}", ':1: has no mapping "files" of paths to SHA-256.' + RESTORE, id="no files"),
        pytest.param('{"files": []}', ':1: has no mapping "files" of paths to SHA-256.' + RESTORE, id="files a list"),
        pytest.param('{"files": {\n"a": "1",\n"b/c": 2}}', ":3: the SHA-256 of b/c is no text." + RESTORE, id="number"),
        pytest.param(
            '{"files": {\n"../a": "1"}}',
            ":2: '../a' is no path of a file inside the repository." + RESTORE,
            id="path outside",
        ),
        pytest.param(
            json.dumps({"files": {".git/HEAD": "1"}}),
            ":1: '.git/HEAD' is no path of a file inside the repository." + RESTORE,
            id="path in .git",
        ),
    ],
)
def test_broken(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "raibid.lock"
    path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        read_lock(path)
    assert str(caught.value) == f"{path}{message}"


def test_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "raibid.lock"
    path.write_bytes(b'{\n"a": "\xff"}')
    with pytest.raises(ConfigError) as caught:
        read_lock(path)
    assert str(caught.value) == f"{path}:2: is not UTF-8.{RESTORE}"
