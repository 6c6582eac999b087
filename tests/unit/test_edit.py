"""Replacing single values of a configuration: nothing else changes, and what is shared is left to a person."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.config.edit import replace_values, rewrite
from generator.errors import ConfigError, ConflictError, OutsideError

FILE = Path("config.yaml")
KEY = ("keda", "version")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("keda:\n  version: 2.12.0\n", "keda:\n  version: 2.21.0\n"),
        ("keda:\n  version: '2.12.0' # x\n", "keda:\n  version: '2.21.0' # x\n"),
        ('keda: {version: "2.12.0"}', 'keda: {version: "2.21.0"}'),
        ('keda: {"version":"2.12\\x2e0"}', 'keda: {"version":"2.21.0"}'),
        ("keda:\r\n  version: 2.12.0\r\nflux:\r\n", "keda:\r\n  version: 2.21.0\r\nflux:\r\n"),
        ("a: é\u2028keda: {version: 2.12.0}\n", "a: é\u2028keda: {version: 2.21.0}\n"),
        ("a: '🙂\x85'\rkeda: {b: 🙂, version: 2.12.0}", "a: '🙂\x85'\rkeda: {b: 🙂, version: 2.21.0}"),
        ("keda:\n  version: !!str\n    2.12.0", "keda:\n  version: !!str\n    2.21.0"),
        ("keda:\n  version: &v 2.12.0\n", "keda:\n  version: &v 2.21.0\n"),
        ("? keda\n: ? version\n  : 2.12.0\n", "? keda\n: ? version\n  : 2.21.0\n"),
        ("keda: &k\n  version: 2.12.0\n", "keda: &k\n  version: 2.21.0\n"),
    ],
)
def test_only_the_value_changes(before: str, after: str) -> None:
    assert replace_values(before, {KEY: "2.21.0"}, FILE) == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &v 2.12.0\nkeda:\n  version: *v\n", "config.yaml:3:12 keda.version: is an alias, which is not edited"),
        ("keda:\n  version: |-\n    2.12.0\n", "config.yaml:2:12 keda.version: is written as a block"),
        ("keda:\n  version: &v 2.12.0\na: *v\n", "config.yaml:2:12 keda.version: is shared with other keys"),
        ("a: &k\n  version: 2.12.0\nkeda: *k\n", "config.yaml:2:12 keda.version: is shared with other keys"),
        ("a: &k {version: 2.12.0}\nkeda:\n  <<: *k\n", "config.yaml:1:17 keda.version: is shared with other keys"),
    ],
)
def test_a_value_that_is_not_the_keys_own_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        replace_values(text, {KEY: "2.21.0"}, FILE)
    assert message in str(caught.value)
    assert 'write "2.21.0"' in str(caught.value)


@given(st.text("#'\" abc🙂\u2028\x85\n\r", max_size=20).map(lambda text: text.replace("'", "''")))
def test_no_text_before_the_value_moves_the_edit(text: str) -> None:
    before = f"a: '{text}'\nkeda: {{version: 2.12.0}}"
    assert replace_values(before, {KEY: "2.21.0"}, FILE) == before.replace("2.12.0", "2.21.0")


def test_a_file_keeps_its_mark_its_mode_and_the_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    (tmp_path / "real.yaml").chmod(0o640)
    link = tmp_path / "config.yaml"
    link.symlink_to("real.yaml")
    rewrite(link, "a: 1\r\n", "a: 2\r\n")
    assert link.is_symlink()
    assert link.read_bytes() == b"\xef\xbb\xbfa: 2\r\n"
    assert stat.S_IMODE(link.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "real.yaml"]


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("a: 3\n")
    with pytest.raises(ConflictError, match=r"config.yaml: was changed meanwhile"):
        rewrite(file, "a: 1\n", "a: 2\n")
    assert file.read_text() == "a: 3\n"


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"config.yaml: cannot be written: No such file"):
        rewrite(tmp_path / "config.yaml", "a: 1\n", "a: 2\n")
