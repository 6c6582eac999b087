"""The kinds of text that config.yaml's values are, each with its own clear refusal.

Patterns keep to what Python and JSON Schema (ECMA 262) read alike. They are compiled when a value needs them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from generator import versions
from generator.yamlio import UNPRINTABLE

# JSON Schema's keyword for readers; the Markdown reference prints it as the kind of a value.
KIND = "$comment"

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_WORDS = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_IMAGE_PATH = r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
_HOST = r"[A-Za-z0-9]+([.-]+[A-Za-z0-9]+)*(:[0-9]{1,5})?"
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_LONGEST_SECONDS = 366 * 24 * 3600


def seconds(duration: str) -> float:
    """5400.0 for `1h30m`."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)(ms|s|m|h)", duration))


def shown(value: object) -> str:
    """`value` for a message: on one line, and not endless."""
    text = repr(value)
    return text if len(text) <= 70 else f"{text[:60]}...{text[-1]}"


def _text(
    pattern: str, what: str, limit: int, hint: Callable[[str], str] | None = None, *, numbers: bool = False
) -> Any:
    """A text type that matches `pattern` whole; `what` finishes the sentence "... is not", `hint` follows it.

    With `numbers`, YAML's own numbers above zero are taken as the text that they are (`cpu: 2`).
    """

    def check(value: str) -> str:
        if len(value) > limit:
            raise ValueError(f"is {len(value)} characters long; at most {limit} are allowed")
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{shown(value)} is not {what}{_strange(value) or (hint(value) if hint else '')}")
        return value

    schema: dict[str, Any] = {"type": "string", "pattern": f"^({pattern})$", "maxLength": limit, KIND: what}
    if not numbers:
        return Annotated[str, AfterValidator(check), WithJsonSchema(schema)]
    either = {"anyOf": [{"type": "number", "minimum": 0.001}, schema], KIND: what}
    return Annotated[str, BeforeValidator(_number_as_text), AfterValidator(check), WithJsonSchema(either)]


def _printable(value: str) -> str:
    """Refuses what kustomize cannot write out again, so that Flux would apply nothing, and NUL."""
    if found := re.search(UNPRINTABLE, value):
        raise ValueError(f"has the character U+{ord(found[0]):04X}, which YAML does not allow; leave it out")
    return value


def _strange(value: str) -> str:
    """Names the first character that is not ASCII: it may be invisible, or look like another."""
    import unicodedata

    for character in value:
        if not character.isascii():
            name = unicodedata.name(character, "no name")
            return f"; it contains U+{ord(character):04X} ({name})"
    return ""


def _quantity_hint(value: str) -> str:
    match = re.fullmatch(r"((?=[0-9.]*[1-9])[0-9]+(?:\.[0-9]+)?)\s*([kmgtp])i?b?", value, re.IGNORECASE)
    return f"; did you mean {match[1]}{match[2].upper()}i?" if match else ""


def _number_as_text(value: Any) -> Any:
    """YAML's own numbers are the text that they are: `cpu: 2`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


_DNS_LABEL = "a DNS label: lower-case letters, digits and hyphens, no hyphen at an end"
DnsLabel = _text(_LABEL, _DNS_LABEL, 63)
# Names that become part of longer object names, so that these stay within 63 characters.
ShortLabel = _text(_LABEL, _DNS_LABEL, 40)
DnsName = _text(rf"{_LABEL}(\.{_LABEL})*", "a DNS name such as ci.example.lan", 253)
Host = _text(rf"{_LABEL}(\.{_LABEL})*|[0-9a-f]*:[0-9a-f:.]+", "a host name or address such as node1.lan", 253)
LoginName = _text(r"[a-z_][a-z0-9_.-]*", "a Unix login name", 32)
# Gitea: modules/validation, usernames; and models/repo, repository names.
GiteaName = _text(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*", "a name that Gitea takes: letters and digits, single . _ -", 40)
RepositoryName = _text(
    r"(?!.*\.(git|wiki|rss|atom)$)(?!\.+$|-$)[A-Za-z0-9._-]+",
    "a repository name: letters, digits, dot, underscore, hyphen; not ending in .git or .wiki",
    100,
)
StreamName = _text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a stream's name: letters, digits, dot, underscore, hyphen", 100)
Quantity = _text(
    r"(?=[0-9.]*[1-9])[0-9]+(\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?",
    "a quantity above zero such as 512Mi or 10Gi",
    30,
    _quantity_hint,
)
Schedule = _text(
    r"@(yearly|monthly|weekly|daily|hourly)|[0-9*/,A-Za-z?-]+( [0-9*/,A-Za-z?-]+){4}",
    "a cron schedule such as `30 2 * * *`",
    100,
)
LabelKey = _text(rf"({_LABEL}(\.{_LABEL})*/)?{_WORDS}", "a label key such as gpu or example.com/gpu", 317)
LabelValue = _text(rf"({_WORDS})?", "a label's value: letters, digits, dot, underscore, hyphen", 63)
VariableName = _text(r"[A-Za-z_][A-Za-z0-9_]*", "an environment variable's name: letters, digits, underscore", 200)
VariableValue = Annotated[
    str,
    AfterValidator(_printable),
    Field(max_length=100_000, json_schema_extra={"pattern": f"^{UNPRINTABLE.replace('[', '[^', 1)}*$"}),
]
GitBranch = _text(
    r"(?!.*(\.\.|//|/\.|\.lock(/|$)|[./]$))[A-Za-z0-9_][A-Za-z0-9._/-]*", "a branch name such as main", 200
)
Image = _text(
    rf"({_HOST}/)?{_IMAGE_PATH}(:[A-Za-z0-9_][A-Za-z0-9._-]*(@sha256:[0-9a-f]{{64}})?|@sha256:[0-9a-f]{{64}})",
    "an image with a tag or digest, such as ghcr.io/me/agent:1.2.0",
    255,
)
RegistryPrefix = _text(
    rf"[a-z0-9]+([.-]+[a-z0-9]+)*(:[0-9]{{1,5}})?(/{_IMAGE_PATH})?",
    "a registry and path such as registry.lan:5000/mirror",
    200,
)
AgeRecipient = _text(r"age1[02-9ac-hj-np-z]{58}", "an age public key (age1...)", 62)
# What HTML takes as an address (https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address).
Email = _text(
    rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(\.{_LABEL})*", "an e-mail address such as ci@example.lan", 254
)
_SEGMENT = r"[A-Za-z0-9_.][A-Za-z0-9._-]*"
RelativePath = _text(
    rf"(?!.*\.\.){_SEGMENT}(/{_SEGMENT})*/?", "a path inside the repository such as ./clusters/ci", 300
)
# Paths and addresses on a machine. A leading hyphen would be taken for an option by the programs that get them.
FilePath = _text(r"[^-\x00-\x1f\x7f][^\x00-\x1f\x7f]*", "a file's path", 4096)
FolderPath = _text(r"[~/][^\x00-\x1f\x7f]*", "the full path of a folder such as /var/lib/rancher/k3s", 4096)
FileOrUrl = _text(r"[^-\x00-\x1f\x7f][^\x00-\x1f\x7f]*", "a file's path or a URL", 4096)

Cpu = _text(
    r"(?=[0-9.]*[1-9])([0-9]+(\.[0-9]{1,3})?|[0-9]+m)",
    "an amount of CPU above zero such as 2, 0.5 or 500m",
    20,
    numbers=True,
)


def _check_duration(value: str) -> str:
    if not re.fullmatch(_DURATION, value):
        raise ValueError(f"{shown(value)} is not a duration such as 30s, 10m or 1h30m")
    if not 1 <= seconds(value) <= _LONGEST_SECONDS:
        raise ValueError(f"{shown(value)} is not between a second and a year")
    return value


_DURATION = r"([0-9]{1,9}(ms|s|m|h))+"
Duration = Annotated[
    str,
    AfterValidator(_check_duration),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_DURATION}$",
            KIND: "a duration such as 30s, 10m or 1h30m, up to a year",
        }
    ),
]

Port = Annotated[int, Field(ge=1, le=65535)]


def _check_k3s(value: Any) -> Any:
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, (str, int, float)):
            raise ValueError("is not what k3s takes here: a text, a number, true or false, or a list of these")
        if isinstance(item, float) and not math.isfinite(item):
            raise ValueError(f"{item} is no number that k3s takes")
    return value


_K3S_SCALAR = {"type": ["string", "number", "boolean"]}
K3sValue = Annotated[
    Any,
    AfterValidator(_check_k3s),
    WithJsonSchema({"anyOf": [_K3S_SCALAR, {"type": "array", "items": _K3S_SCALAR}]}),
]


def _version(parse: Callable[[str], object], pattern: str, example: str) -> Any:
    def check(value: str) -> str:
        try:
            parse(value)
        except versions.UnknownVersionError as error:
            raise ValueError(f"{shown(value)} is not a version; {error}{_strange(value)}") from None
        return value

    schema = {"type": "string", "pattern": f"^{pattern}$", KIND: f"a version such as {example}"}
    return Annotated[str, AfterValidator(check), WithJsonSchema(schema)]


K3sVersion = _version(versions.kubernetes_minor, versions.K3S_PATTERN, versions.CURRENT.k3s)
FluxVersion = _version(versions.flux_minor, versions.FLUX_PATTERN, versions.CURRENT.flux)
ChartVersion = _version(versions.chart_version, versions.CHART_PATTERN, versions.CURRENT.gitea)


def split_url(value: str, schemes: tuple[str, ...]) -> SplitResult:
    """`value` taken apart. Raises ValueError, also for credentials, which belong into Secrets."""
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError as error:
        raise ValueError(f"{shown(value)} is not a URL: {error}") from None
    if url.username is not None or url.password is not None:
        raise ValueError("a URL here carries no user or password; credentials live in Secrets")
    if not re.fullmatch(_url_pattern(schemes), value):
        begins = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"{shown(value)} is not a URL that begins with {begins}{_strange(value)}")
    if port == 0:
        raise ValueError(f"{shown(value)} has port 0")
    return url


def _url_pattern(schemes: tuple[str, ...]) -> str:
    """A host, perhaps a port and a path. Neither a query nor a fragment: none of our URLs means anything with one."""
    host = r"([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
    return rf"({'|'.join(schemes)})://{host}(:[0-9]{{1,5}})?(/[A-Za-z0-9._~!$&()*+,;=:@%/-]*)?"


def _url(*schemes: str) -> Any:
    def check(value: str) -> str:
        split_url(value, schemes)
        return value.rstrip("/")

    schema = {"type": "string", "pattern": f"^{_url_pattern(schemes)}$", KIND: f"a URL: {', '.join(schemes)}"}
    return Annotated[str, AfterValidator(check), WithJsonSchema(schema)]


HttpUrl = _url("http", "https")
RedisUrl = _url("redis", "rediss")
ChartUrl = _url("http", "https", "oci")


def _check_mirror(value: str) -> str:
    if value.startswith("https://"):
        split_url(value, ("https",))
    elif not re.fullmatch(_GITHUB, value):
        raise ValueError(f"{shown(value)} is neither owner/name on GitHub nor an https URL{_strange(value)}")
    return value


_GITHUB = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+"
MirrorSource = Annotated[
    str,
    AfterValidator(_check_mirror),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({_GITHUB}|{_url_pattern(('https',))})$",
            KIND: "owner/name on GitHub, or an https URL",
        }
    ),
]
