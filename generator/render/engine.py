"""Jinja, set up so that a value can only become a value: every `{{ expression }}` is serialised, none is pasted.

In a .yaml template an expression gives one YAML scalar; `| block(indent)` gives a mapping, a list or a long text.
In a .md template an expression gives text in which Markdown means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Undefined
from jinja2.exceptions import TemplateError, TemplateNotFound, TemplateSyntaxError

from generator import contract
from generator.errors import ConfigError
from generator.yamlio import dump_block, scalar

TEMPLATES_FOLDER = "templates"


class Fragment(str):
    """Text that is already serialised and goes into the output as it is."""

    __slots__ = ()


class Engine:
    """Renders templates found in `folders`; of two with the same path the one in the earlier folder wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._loader = FileSystemLoader([str(folder) for folder in folders])
        cache = _bytecode_cache()
        self._yaml = self._environment(_yaml_value, cache)
        self._yaml.filters["block"] = _block
        self._yaml.filters["yaml_text"] = _yaml_text
        self._markdown = self._environment(_markdown_value, cache)
        self._markdown.filters["code"] = _code

    def _environment(self, finalize: Any, cache: BytecodeCache | None) -> Environment:
        return Environment(
            loader=self._loader,
            undefined=StrictUndefined,
            finalize=finalize,
            bytecode_cache=cache,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            autoescape=False,  # noqa: S701 - `finalize` serialises every value; the output is not HTML
        )

    def names(self) -> list[str]:
        """Paths of all templates, sorted, with `/` between folders."""
        return [name for name in self._loader.list_templates() if not name.endswith("~")]

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The text of one template. Raises ConfigError that names the template and the line."""
        environment = self._markdown if name.endswith(".md") else self._yaml
        try:
            return environment.get_template(name).render(values)
        except TemplateSyntaxError as error:
            raise ConfigError(f"{error.filename or name}:{error.lineno} {error.message}") from None
        except TemplateNotFound as error:
            raise ConfigError(f"{name}: there is no template {error.name}") from None
        except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise ConfigError(f"{_place(error, name)} {error}") from None


def our_templates() -> Path:
    """The folder of the templates that come with raibid-gen: in the wheel inside the package, else beside it."""
    package = Path(__file__).parents[1]
    installed = package / TEMPLATES_FOLDER
    return installed if installed.is_dir() else package.parent / TEMPLATES_FOLDER


def _bytecode_cache() -> BytecodeCache | None:
    """Compiled templates, kept per user: compiling them takes longer than rendering the sample."""
    from platformdirs import user_cache_path

    folder = user_cache_path(contract.PROGRAM) / TEMPLATES_FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


def _yaml_value(value: Any) -> Any:
    if isinstance(value, (Fragment, Undefined)):
        return value
    if value is None or isinstance(value, (str, int, float, bool)):
        return scalar(value)
    raise TypeError(f"a {type(value).__name__} needs the filter block(indent)")


def _block(value: Any, indent: int) -> Fragment:
    return Fragment(dump_block(value, indent))


def _yaml_text(value: Any) -> str:
    """YAML inside YAML: a document as a text, for fields that hold one."""
    return dump_block(value) + "\n"


_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~$&#])")


def _markdown_value(value: Any) -> Any:
    if isinstance(value, (Fragment, Undefined)):
        return value
    return _MARKDOWN.sub(r"\\\1", " ".join(str(value).split()))


def _code(value: Any) -> Fragment:
    """A code span; its fence is longer than any run of backticks inside, as CommonMark wants it."""
    text = " ".join(str(value).split()).replace("|", "\\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if "`" in text else ""
    return Fragment(f"{fence}{pad}{text}{pad}{fence}")


def _place(error: Exception, name: str) -> str:
    """`template:line` of the innermost template frame of a failed rendering."""
    place = name
    trace = error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename.endswith(name):
            place = f"{filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
