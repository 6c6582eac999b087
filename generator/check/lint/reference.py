"""docs/lint.md, made from the rules themselves."""

from __future__ import annotations

from generator import contract
from generator.check.lint.registry import RULES


def lint_reference() -> str:
    """The text of docs/lint.md: every rule, sorted by id."""
    rows = [f"| [{rule.id}](#{rule.id}) | {rule.severity} | {rule.title} |" for _, rule in sorted(RULES.items())]
    details = [
        f"### {rule.id}\n\n{rule.title} ({rule.severity}).\n\n"
        f"- What would happen: {rule.consequence}\n- How to mend it: {rule.mend}\n"
        for _, rule in sorted(RULES.items())
    ]
    return _HEAD + "\n".join([*rows, "", *details])


_HEAD = f"""# Lint rules

`{contract.PROGRAM} validate` applies these rules to a cluster's folder after kubeconform and kustomize. An error
means that the cluster would not do what is written, or is insecure in a way that the design forbids; a warning is
advice. `{contract.PROGRAM} validate --explain ID` shows a rule in the terminal. Two more ids are none of these rules:
`schema` is what kubeconform refuses, `build` is what kustomize cannot build.

The rules look at the files as they lie in the repository: what patches in `{contract.OVERLAYS_FOLDER}/` change is not
seen. Where a chart that we do not know, or another repository, puts objects into a namespace, names in that namespace
are not judged. Flux's own install manifest is upstream's: rules on how pods are written pass over it.

| rule | severity | title |
|---|---|---|
"""
