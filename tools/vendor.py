"""Writes the vendored data of generator/components/ and generator/schemas/ anew, from Go modules.

    python tools/vendor.py flux|schemas|all [--check]

Needs `go` and the network. With --check it writes nothing, and ends with 1 if a file is not what would be written.
The same versions give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.vendoring import flux, sets  # noqa: E402
from tools.vendoring.go import KUSTOMIZE, Program, Programs  # noqa: E402
from tools.vendoring.kinds import Files  # noqa: E402
from tools.vendoring.record import Source, source, sources_file  # noqa: E402

COMPONENTS = ROOT / "generator/components"
SCHEMAS = ROOT / "generator/schemas"
LICENCE = "LICENSE-Apache-2.0"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("flux", "schemas", "all"))
    parser.add_argument("--check", action="store_true", help="only compare")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(Path(folder))
        # Schemas of Flux's kinds are made of the manifests, so these come first and are on disk when read.
        steps = {"flux": (COMPONENTS, build_components), "schemas": (SCHEMAS, build_schemas)}
        wanted = steps if arguments.what == "all" else [arguments.what]
        stale = [
            path
            for target, build in (steps[step] for step in wanted)
            for path in _settle(target, build(programs), check=arguments.check)
        ]
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'not what would be written' if arguments.check else 'written'}")
    return 1 if stale and arguments.check else 0


def build_components(programs: Programs) -> Files:
    """What generator/components/ is to hold."""
    files: Files = {}
    sources: dict[str, list[Source]] = {}
    for version in flux.DISTRIBUTIONS:
        name = flux.manifest_name(version)
        with _folder() as work:
            files[name] = flux.build(version, programs, work).encode()
        programs_used = [_program(KUSTOMIZE), _program(flux.DISTRIBUTIONS[version].generator)]
        sources[name] = programs_used + [source(*part) for part in flux.parts(version)]
    files[LICENCE] = flux.licence_text()
    return files | {"sources.json": sources_file(sources, files)}


def build_schemas(programs: Programs) -> Files:
    """What generator/schemas/ is to hold."""
    metadata = sets.build_metadata()
    files: Files = {}
    sources: dict[str, list[Source]] = {"metadata of custom resources": [source(sets.METADATA, sets.SWAGGER)]}
    for name, module in sets.KUBERNETES.items():
        files |= _in_folder(name, sets.build_kubernetes(module))
        sources[name] = [source(module, sets.SWAGGER)]
    for name, version in sets.FLUX.items():
        manifest = COMPONENTS / flux.manifest_name(version)
        files |= _in_folder(name, sets.files_of_manifest(manifest.read_text(encoding="utf-8"), metadata))
        sources[name] = [{"file": str(manifest.relative_to(ROOT)), "use": "custom resource definitions"}]
    for name, module in sets.KEDA.items():
        with _folder() as work:
            files |= _in_folder(name, sets.build_keda(module, metadata, programs, work))
        sources[name] = [_program(KUSTOMIZE), source(module, "config/crd")]
    for name, module in sets.MONITORING.items():
        with _folder() as work:
            files |= _in_folder(name, sets.build_monitoring(module, metadata, programs, work))
        sources[name] = [_program(sets.MONITORING_GENERATOR), source(module, "API types")]
    return files | {"sources.json": sources_file(sources, files)}


def _in_folder(folder: str, files: Files) -> Files:
    return {f"{folder}/{name}": content for name, content in files.items()}


def _program(program: Program) -> Source:
    return source(program.module, "program")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _settle(target: Path, files: Files, *, check: bool) -> list[Path]:
    """Makes the generated files in `target` what `files` says, or only looks; returns those that differed."""
    generated = {path for pattern in ("*.yaml", "**/*.json") for path in target.glob(pattern)}
    wanted = {target / name: content for name, content in files.items()}
    stale = [path for path, content in wanted.items() if not path.exists() or path.read_bytes() != content]
    surplus = sorted(generated - wanted.keys())
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[path])
        for path in surplus:
            path.unlink()
    return [*stale, *surplus]


if __name__ == "__main__":
    sys.exit(main())
