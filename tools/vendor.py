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
from tools.vendoring.go import CONTROLLER_GEN, KUSTOMIZE, Programs  # noqa: E402
from tools.vendoring.kinds import Files  # noqa: E402
from tools.vendoring.record import Source, source, sources_file  # noqa: E402

COMPONENTS = ROOT / "generator/components"
SCHEMAS = ROOT / "generator/schemas"


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
        name = manifest_name(version)
        with _folder() as work:
            files[name] = flux.build(version, programs, work).encode()
        sources[name] = [source(*part) for part in flux.parts(version)]
    return files | {"sources.json": sources_file(sources | {"*": _programs()}, files)}


def build_schemas(programs: Programs) -> Files:
    """What generator/schemas/ is to hold."""
    metadata = sets.build_metadata()
    built: dict[str, Files] = {name: sets.build_kubernetes(module) for name, module in sets.KUBERNETES.items()}
    use = dict.fromkeys(sets.KUBERNETES, "api/openapi-spec/swagger.json")
    for name, version in sets.FLUX.items():
        manifest = (COMPONENTS / manifest_name(version)).read_text(encoding="utf-8")
        built[name] = sets.files_of_manifest(manifest, metadata)
    for name, module in sets.KEDA.items():
        with _folder() as work:
            built[name] = sets.build_keda(module, metadata, programs, work)
        use[name] = "config/crd"
    for name, module in sets.MONITORING.items():
        with _folder() as work:
            built[name] = sets.build_monitoring(module, metadata, programs, work)
        use[name] = "API types"
    modules = {**sets.KUBERNETES, **sets.KEDA, **sets.MONITORING}
    sources = {name: [source(module, use[name])] for name, module in modules.items()}
    sources |= {name: [part for part in _flux_definitions(version)] for name, version in sets.FLUX.items()}
    sources["*"] = [*_programs(), source(sets.METADATA, "metadata of custom resources")]
    files = {f"{name}/{path}": content for name, part in built.items() for path, content in part.items()}
    return files | {"sources.json": sources_file(sources, files)}


def manifest_name(version: str) -> str:
    """File in generator/components/ of a Flux version's install manifest."""
    return f"flux-{version}.yaml"


def _flux_definitions(version: str) -> Iterator[Source]:
    return (source(*part) for part in flux.parts(version) if part.module.path.endswith("/api"))


def _programs() -> list[Source]:
    return [source(program.module, "program") for program in (CONTROLLER_GEN, KUSTOMIZE)]


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
