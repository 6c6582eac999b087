"""For programs: one JSON object. Keys are added in later versions, never taken away."""

from __future__ import annotations

import json
from dataclasses import asdict

from generator.check.validate import Result


def report(result: Result) -> str:
    """`valid`, `summary` (counts), `findings` (fields of Finding), `files` (resources of each), `notes`."""
    summary = {
        "files": len(result.files),
        "resources": result.resources,
        "invalid": result.invalid,
        "skipped": result.skipped,
        "errors": len(result.errors),
        "warnings": len(result.warnings),
    }
    document = {
        "valid": not result.errors,
        "summary": summary,
        "findings": [asdict(finding) for finding in result.findings],
        "files": result.files,
        "notes": result.notes,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
