"""What each rule is about, in words: the lint rules, and the two of kubeconform and kustomize."""

from __future__ import annotations

from typing import Final

_OTHERS: Final = {
    "schema": """\
schema (error): an object is not what its kind's schema asks for

What would happen: the API server refuses the object, and Flux with it the whole Kustomization that it is in.
How to mend it: Correct the field that is named. The schemas are those of the versions in raibid.lock; a kind without
a schema is an error and never counts as passed.
""",
    "build": """\
build (error): a folder that Flux applies does not build

What would happen: Flux reports BuildFailed and applies nothing of the folder, and what depends on it waits.
How to mend it: Correct what kustomize names: most often a file that is not there, or a patch that fits no object.
""",
}


def explain(rule: str) -> str:
    """The text about the rule. Raises ConfigError for an unknown one."""
    if rule in _OTHERS:
        return _OTHERS[rule]
    from generator.check.lint import explain as explain_lint

    return explain_lint(rule)
