"""Builds the programs of the cluster from their Go modules.

`go install module@version` refuses a module that has replace directives. So each program is built in a small module
that stands in for the program's own: it has the same go.mod and go.sum, and requires the program's module at its
version. Its replace directives hold, and all versions are those that the program's authors chose.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from generator.check.programs import Go, build_environment, find_go
from generator.errors import OutsideError
from tests.cluster.build.cache import Report, Workshop, bin_folder, program_folder, workshop
from tests.cluster.build.programs import GO, LDFLAGS, PROGRAMS, Program

_STAND_IN: Final = "cluster/stand-in"
_LINES: Final = 15
"""So many of Go's last lines are shown when it fails."""


def build_programs(report: Report) -> Path:
    """Build what is not in the cache, one program at a time. Returns a folder of links to all of them, by name.

    Each program is moved into place once it is finished, and what Go has compiled stays in its own cache: a build
    that was killed, or failed, goes on from there. Raises OutsideError: no fitting Go, or with Go's last lines.
    """
    if missing := _missing():
        report(f"programs: {len(missing)} of {len(PROGRAMS)} are to be built; the first time takes up to 30 minutes")
        with workshop("programs", report) as shop:
            builder = _Builder(_go(), shop)
            for program in _missing():  # another builder may have been in the workshop meanwhile
                _build(program, builder, report)
    else:
        report(f"programs: all {len(PROGRAMS)} are built already")
    return _link()


def program(name: str) -> Path:
    """The built program `name`. Raises OutsideError when it is not built yet."""
    path = _path(PROGRAMS[name])
    if not path.is_file():
        raise OutsideError(f"{name} is not built yet; run `python -m tests.cluster build`")
    return path


def module_folder(module: str, version: str) -> Path:
    """The source of a module, to be read only. Raises OutsideError when Go cannot get it."""
    go = _go()
    result = subprocess.run(
        [go.path, "mod", "download", "-json", f"{module}@{version}"],
        capture_output=True,
        text=True,
        env=build_environment(go),
        cwd="/",  # not in the module of a go.mod that lies in or above the current folder
        check=False,
    )
    told = json.loads(result.stdout) if result.stdout else {}
    if "Dir" not in told:
        raise _failure(f"{module} {version} could not be downloaded", told.get("Error") or result.stderr)
    return Path(told["Dir"])


class _Builder:
    """Runs Go in the workshop, which holds one stand-in per module and the program being built."""

    def __init__(self, go: Go, shop: Workshop) -> None:
        self._go = go
        self._shop = shop
        self._temporary = shop.folder / "tmp"
        self._temporary.mkdir()

    def build(self, program: Program) -> Path:
        """The finished program, still in the workshop."""
        target = self._shop.folder / program.name
        ldflags = " ".join([LDFLAGS, *(f"-X {stamp}" for stamp in program.stamps)])
        command = ["build", "-p=2", "-buildvcs=false", f"-tags={','.join(program.tags)}", f"-ldflags={ldflags}"]
        if program.source:
            self._run(program, [*command, "-o", str(target), str(program.source)], self._shop.folder)
        else:
            package = f"{program.module}/{program.package}".rstrip("/")
            self._run(program, [*command, "-mod=mod", "-o", str(target), package], self._stand_in(program))
        return target

    def _stand_in(self, program: Program) -> Path:
        folder = self._shop.folder / program.module.replace("/", "_")
        if folder.exists():
            return folder
        source = module_folder(program.module, program.version)
        folder.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(source / name, folder / name)
        described = json.loads(self._run(program, ["mod", "edit", "-json"], folder))
        self._run(program, ["mod", "edit", *_edits(program, described)], folder)
        return folder

    def _run(self, program: Program, arguments: Sequence[str], folder: Path) -> str:
        environment = {
            **build_environment(self._go),
            "CGO_ENABLED": str(int(program.cgo)),
            "GOTMPDIR": str(self._temporary),
        }
        result = subprocess.run(
            [self._go.path, *arguments],
            capture_output=True,
            text=True,
            env=environment,
            cwd=folder,
            pass_fds=(self._shop.lock,),
            check=False,
        )
        if result.returncode:
            what = f"{program.name} {program.version} could not be built with {self._go.version}"
            raise _failure(what, result.stderr)
        return result.stdout


def _edits(program: Program, described: Mapping[str, Any]) -> Iterator[str]:
    """What `go mod edit` does to the program's own go.mod, as `described` by Go, to make the stand-in's.

    Replacements by a folder of the same repository do not hold outside it; the module that is required there is
    published under the same version, or as one of the siblings.
    """
    yield f"-module={_STAND_IN}"
    for replaced in described.get("Replace") or ():
        if "Version" not in replaced["New"]:
            old = replaced["Old"]
            yield f"-dropreplace={old['Path']}" + (f"@{old['Version']}" if "Version" in old else "")
    for required in described.get("Require") or ():
        if required["Version"] == "v0.0.0" and program.siblings:
            yield f"-replace={required['Path']}={required['Path']}@{program.siblings}"
    yield from (f"-replace={replace}" for replace in program.replaces)
    yield f"-require={program.module}@{program.version}"


def _build(program: Program, builder: _Builder, report: Report) -> None:
    number = list(PROGRAMS).index(program.name) + 1
    step = f"[{number:2}/{len(PROGRAMS)}] {program.name} {program.version}"
    report(f"{step}: building ...")
    began = time.monotonic()
    built = builder.build(program)
    size = built.stat().st_size
    target = _path(program)
    target.parent.mkdir(parents=True, exist_ok=True)
    built.replace(target)
    report(f"{step}: built in {time.monotonic() - began:.1f} s, {size / 1e6:.0f} MB")


def _link() -> Path:
    """The folder of links that belongs to the present table: its name is a hash of all programs' keys."""
    keys = " ".join(f"{program.name}-{program.key}" for program in PROGRAMS.values())
    folder = bin_folder(hashlib.sha256(keys.encode()).hexdigest()[:8])
    folder.mkdir(exist_ok=True)
    for one in PROGRAMS.values():
        link = folder / one.name
        if not link.exists():
            new = folder / f".{one.name}.{os.getpid()}"
            new.symlink_to(os.path.relpath(_path(one), folder))
            new.replace(link)
    return folder


def _missing() -> list[Program]:
    return [program for program in PROGRAMS.values() if not _path(program).is_file()]


def _path(program: Program) -> Path:
    return program_folder(program.name, program.key) / program.name


def _go() -> Go:
    return find_go(GO, "the test cluster")


def _failure(what: str, said: str) -> OutsideError:
    last = "\n".join(f"  {line}" for line in said.strip().splitlines()[-_LINES:])
    return OutsideError(
        f"{what}; Go says:\n{last}\nmend what it names (a network, GOPROXY, a full disk) and run it again"
    )
