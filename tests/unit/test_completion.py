"""The completion scripts, in the shells themselves where they are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import cli

BIN = Path(sys.executable).parent


def run(*args: str, login: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["completion", *args], env={"SHELL": login})
    return result.exit_code, result.output


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_a_command() -> None:
    script = """
    source <(raibid-gen completion bash)
    COMP_WORDS=(raibid-gen rend); COMP_CWORD=1
    function=$(complete -p raibid-gen | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    $function raibid-gen rend raibid-gen
    echo "${COMPREPLY[@]}"
    """
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "render\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "complete -o nosort -F _raibid_gen_completion raibid-gen"),
        ("zsh", "#compdef raibid-gen"),
        ("fish", "complete --no-files --command raibid-gen"),
    ],
)
def test_each_shell_has_its_script(shell: str, line: str) -> None:
    code, script = run(shell)
    assert code == 0
    assert line in script
    assert run(login=f"/usr/bin/{shell}") == (code, script)


@pytest.mark.parametrize(
    ("args", "login", "message"),
    [
        (["tcsh"], None, "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
        ([], "/bin/tcsh", "$SHELL is tcsh, which is not known here; name one of bash, zsh, fish"),
        ([], None, "$SHELL is not set; name one of bash, zsh, fish"),
    ],
)
def test_an_unknown_shell_is_refused(args: list[str], login: str | None, message: str) -> None:
    code, said = run(*args, login=login)
    assert code == 2
    assert message in said
