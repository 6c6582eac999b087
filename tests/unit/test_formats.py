"""The output formats of validate."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from generator.check.finding import Finding
from generator.check.formats import FORMATS
from generator.check.validate import Result

ERROR = Finding("a,b:c.yaml", 7, "schema", "error", "Service a/b", "50% <of>\n&\x00", "Write 100%.")
WARNING = Finding("d.yaml", 1, "old-chart", "warning", "HelmRelease a/b", "old", "Take a newer one.")
RESULT = Result(Path("/"), {"a,b:c.yaml": 2, "d.yaml": 1, "e.yaml": 4}, 1, 0, [ERROR, WARNING], ["x: no lock"])


def test_human() -> None:
    assert FORMATS["human"](RESULT) == (
        "a,b:c.yaml:7 \033[31merror schema\033[0m Service a/b: 50% <of>\n&\x00\n    mend: Write 100%.\n\n"
        "d.yaml:1 \033[33mwarning old-chart\033[0m HelmRelease a/b: old\n    mend: Take a newer one.\n\n"
        "note: x: no lock\n\n"
        "\033[31m3 files, 7 resources: 1 invalid, 0 skipped, 0 failed builds, 0 lint errors, 1 warning\033[0m"
    )


def test_json() -> None:
    assert json.loads(FORMATS["json"](RESULT)) == {
        "valid": False,
        "summary": {"files": 3, "resources": 7, "invalid": 1, "skipped": 0, "errors": 1, "warnings": 1},
        "findings": [
            {
                "path": "a,b:c.yaml",
                "line": 7,
                "rule": "schema",
                "severity": "error",
                "subject": "Service a/b",
                "message": "50% <of>\n&\x00",
                "mend": "Write 100%.",
            },
            {
                "path": "d.yaml",
                "line": 1,
                "rule": "old-chart",
                "severity": "warning",
                "subject": "HelmRelease a/b",
                "message": "old",
                "mend": "Take a newer one.",
            },
        ],
        "files": {"a,b:c.yaml": 2, "d.yaml": 1, "e.yaml": 4},
        "notes": ["x: no lock"],
    }


def test_junit() -> None:
    root = ElementTree.fromstring(FORMATS["junit"](RESULT))  # noqa: S314
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "0")
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["a,b:c.yaml"].findtext("failure") == ("a,b:c.yaml:7 schema Service a/b: 50% <of>\n&\ufffd Write 100%.")
    assert cases["d.yaml"].find("failure") is None
    assert cases["d.yaml"].findtext("system-out") == "d.yaml:1 old-chart HelmRelease a/b: old Take a newer one."
    assert list(cases["e.yaml"]) == []


def test_github() -> None:
    assert FORMATS["github"](RESULT).splitlines() == [
        "::error file=a%2Cb%3Ac.yaml,line=7,title=schema::Service a/b: 50%25 <of>%0A&\x00%0AWrite 100%25.",
        "::warning file=d.yaml,line=1,title=old-chart::HelmRelease a/b: old%0ATake a newer one.",
        "::notice::x: no lock",
        "3 files, 7 resources: 1 invalid, 0 skipped, 0 failed builds, 0 lint errors, 1 warning",
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_found(name: str) -> None:
    text = FORMATS[name](Result(Path("/"), {"e.yaml": 1}, 0, 0, []))
    assert "1 file, 1 resource: 0 invalid" in text or name in ("json", "junit")
    assert "failure " not in text
