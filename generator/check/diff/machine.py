"""A comparison for programs: one JSON object."""

from __future__ import annotations

import json
from typing import Any

from generator.check.diff.fields import path_text
from generator.check.diff.hidden import Hidden
from generator.check.diff.model import Action, FieldChange, FileChange, Report, ResourceChange
from generator.check.diff.text import is_hidden


def machine(report: Report) -> str:
    """The report as JSON, in ASCII, with these keys, which stay; others may come.

    before, after: what was compared.
    different: whether anything differs or could not be compared.
    summary: {added, changed, removed, moved} (resources), {not_compared} (files), {files} (other files).
    resources: [{action, cluster, group, kind, namespace, name, path, old_path, impact: [text], fields}];
      `action` is added, changed, removed or moved, `old_path` is null unless the file is another one.
    files: [{action, path, lines_added, lines_removed, impact, fields}], all that is no manifest.
    fields: [{path, action, before, after, hidden}]; `action` is added, changed, removed or reordered (then before
      and after are the labels of the items). A secret value is null, or "(hidden)" within another one.
    layout_only: [path], files that differ only in comments, layout or line ends.
    not_compared: [{path, line, side, message, withheld}]; `line` is 0 where none is known.
    """
    counted = (Action.ADDED, Action.CHANGED, Action.REMOVED, Action.MOVED)
    document = {
        "before": report.before,
        "after": report.after,
        "different": report.different,
        "summary": {
            **{str(action): report.count(action) for action in counted},
            "not_compared": report.not_compared,
            "files": len(report.files) + len(report.layout),
        },
        "resources": [_resource(change) for change in report.resources],
        "files": [_file(change) for change in report.files],
        "layout_only": list(report.layout),
        "not_compared": [
            {
                "path": entry.path,
                "line": entry.line,
                "side": entry.side,
                "message": entry.message,
                "withheld": entry.withheld,
            }
            for entry in report.uncompared
        ],
    }
    return json.dumps(document, indent=2, default=repr) + "\n"


def _resource(change: ResourceChange) -> dict[str, Any]:
    found = change.resource
    return {
        "action": change.action,
        "cluster": found.cluster,
        "group": found.group,
        "kind": found.kind,
        "namespace": found.namespace,
        "name": found.name,
        "path": found.path,
        "old_path": change.old_path,
        "impact": list(change.impact),
        "fields": [_field(field) for field in change.fields],
    }


def _file(change: FileChange) -> dict[str, Any]:
    return {
        "action": change.action,
        "path": change.path,
        "lines_added": change.lines_added,
        "lines_removed": change.lines_removed,
        "impact": list(change.impact),
        "fields": [_field(field) for field in change.fields],
    }


def _field(field: FieldChange) -> dict[str, Any]:
    before, after = (None if isinstance(value, Hidden) else value for value in (field.before, field.after))
    return {
        "path": path_text(field.steps),
        "action": field.action,
        "before": before,
        "after": after,
        "hidden": is_hidden(field),
    }
