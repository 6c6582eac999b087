"""For CI servers: JUnit's XML, a test case for each file; a warning is output of its file's case, no failure."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from generator.check.finding import Finding
from generator.check.validate import Result
from generator.contract import PROGRAM

# Characters that XML 1.0 cannot hold, escaped or not.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(result: Result) -> str:
    """The XML document."""
    by_path: dict[str, list[Finding]] = {path: [] for path in result.files}
    for finding in result.findings:
        by_path.setdefault(finding.path, []).append(finding)
    failures = sum(any(each.severity == "error" for each in found) for found in by_path.values())
    name = f"{PROGRAM} validate"
    counts = {"tests": str(len(by_path)), "failures": str(failures), "errors": "0"}
    suites = Element("testsuites", {"name": name, **counts})
    suite = SubElement(suites, "testsuite", {"name": name, **counts})
    for path, found in sorted(by_path.items()):
        _add_case(suite, path, found)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, "unicode")


def _add_case(suite: Element, path: str, found: list[Finding]) -> None:
    case = SubElement(suite, "testcase", {"classname": "validate", "name": _clean(path), "file": _clean(path)})
    errors = [finding for finding in found if finding.severity == "error"]
    warnings = [finding for finding in found if finding.severity == "warning"]
    if errors:
        failure = SubElement(case, "failure", {"type": errors[0].rule, "message": _clean(errors[0].message)})
        failure.text = _clean("\n".join(map(_line, errors)))
    if warnings:
        SubElement(case, "system-out").text = _clean("\n".join(map(_line, warnings)))


def _line(finding: Finding) -> str:
    return f"{finding.path}:{finding.line} {finding.rule} {finding.subject}: {finding.message} {finding.mend}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
