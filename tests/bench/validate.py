"""`raibid-gen validate` on the sample, beside kubeconform alone on the same files with the same schemas."""

from __future__ import annotations

import json
from pathlib import Path

from generator import contract
from generator.check.programs import locate
from generator.check.schema.schemas import locations, read_versions
from tests.bench.runner import BIN, Command, measure, print_missing, print_table

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "clusters" / "dgx-spark-ci"


def figure(folder: Path) -> None:
    print("\n## Validate the sample")
    kubeconform = locate("kubeconform")
    if kubeconform is None or locate("kustomize") is None:
        print_missing("validate", "kubeconform or kustomize is missing; `raibid-gen tools install` builds them")
        return
    schemas = [f"-schema-location={location}" for location in locations(read_versions(SAMPLE), SAMPLE)]
    rendered = json.loads((SAMPLE / contract.LOCK_FILE).read_text())["files"]
    files = [path for path in rendered if path.startswith(contract.CLUSTERS_FOLDER) and _is_manifest(path)]
    alone = (str(kubeconform), "-strict", "-output", "json", *schemas, "--", *(str(ROOT / path) for path in files))
    commands = [
        Command("kubeconform", alone),
        Command("raibid-gen validate", (str(BIN / "raibid-gen"), "validate", str(ROOT))),
    ]
    print_table(measure(commands, folder), folder)


def _is_manifest(path: str) -> bool:
    return path.endswith(".yaml") and not path.endswith("/kustomization.yaml")
