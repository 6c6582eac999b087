"""The kinds of text that config.yaml's values are, each with its own clear refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from generator.versions import UnknownVersionError, chart_version, flux_minor, kubernetes_minor

_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"


def _text(pattern: str, what: str, limit: int, *, numbers: bool = False) -> Any:
    """A text type that matches `pattern` whole; `what` finishes the sentence "... is not".

    With `numbers`, YAML's own numbers are taken as the text that they are (`cpu: 2`).
    """
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if len(value) > limit:
            raise ValueError(f"is {len(value)} characters long; at most {limit} are allowed")
        if not compiled.fullmatch(value):
            raise ValueError(f"{_shown(value)} is not {what}")
        return value

    schema: dict[str, Any] = {"type": "string", "pattern": f"^({pattern})$", "maxLength": limit}
    if not numbers:
        return Annotated[str, AfterValidator(check), WithJsonSchema(schema)]
    either = WithJsonSchema({"anyOf": [{"type": "number"}, schema]})
    return Annotated[str, BeforeValidator(_number_as_text), AfterValidator(check), either]


def _number_as_text(value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{value:g}" if is_number else value


def _shown(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")


DnsLabel = _text(_LABEL, "a DNS label: lower-case letters, digits and hyphens, no hyphen at an end", 63)
# Names that become part of longer object names, so that these stay within 63 characters.
ShortLabel = _text(_LABEL, "a DNS label: lower-case letters, digits and hyphens, no hyphen at an end", 40)
DnsName = _text(rf"{_LABEL}(\.{_LABEL})*", "a DNS name such as ci.example.lan", 253)
GiteaName = _text(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", "a name that Gitea takes", 40)
StreamName = _text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a stream's name: letters, digits, dot, underscore, hyphen", 100)
Quantity = _text(r"[0-9]+(\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?", "a quantity such as 512Mi or 10Gi", 30)
Cpu = _text(r"[0-9]+(\.[0-9]{1,3})?|[0-9]+m", "an amount of CPU such as 2, 0.5 or 500m", 20, numbers=True)
Duration = _text(r"([0-9]+(ms|s|m|h))+", "a duration such as 30s, 10m or 1h30m", 30)
Schedule = _text(
    r"@(yearly|monthly|weekly|daily|hourly)|[0-9*/,A-Za-z?-]+( [0-9*/,A-Za-z?-]+){4}",
    "a cron schedule such as `30 2 * * *`",
    100,
)
LabelKey = _text(
    rf"({_LABEL}(\.{_LABEL})*/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?",
    "a label key such as gpu or example.com/gpu",
    317,
)
LabelValue = _text(
    r"([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?",
    "a label's value: letters, digits, dot, underscore, hyphen",
    63,
)
VariableName = _text(r"[A-Za-z_][A-Za-z0-9_]*", "an environment variable's name", 200)
GitBranch = _text(r"[A-Za-z0-9_][A-Za-z0-9._/-]*(?<![./])", "a branch name", 200)
Image = _text(
    r"[a-z0-9]+([._:/-]+[A-Za-z0-9_]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})",
    "an image with a tag or digest, such as ghcr.io/me/agent:1.2.0",
    255,
)
RegistryPrefix = _text(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
    "a registry and path such as registry.lan:5000/mirror",
    200,
)
AgeRecipient = _text(r"age1[02-9ac-hj-np-z]{58}", "an age public key (age1...)", 62)
Email = _text(r"[^@\s]+@[^@\s]+", "an e-mail address", 254)
RelativePath = _text(r"\.?/?[A-Za-z0-9_][A-Za-z0-9._/-]*|\.", "a path inside the repository such as ./clusters/ci", 300)

Port = Annotated[int, Field(ge=1, le=65535)]
NodePort = Annotated[int, Field(ge=30000, le=32767)]


def _version(parse: Callable[[str], object], example: str) -> Any:
    def check(value: str) -> str:
        try:
            parse(value)
        except UnknownVersionError as error:
            raise ValueError(f"{_shown(value)} is not a version; {error}") from None
        return value

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string", "examples": [example]})]


K3sVersion = _version(kubernetes_minor, "v1.36.4+k3s1")
FluxVersion = _version(flux_minor, "v2.9.5")
ChartVersion = _version(chart_version, "12.7.0")


def split_url(value: str, schemes: tuple[str, ...]) -> SplitResult:
    """`value` taken apart. Raises ValueError, also for credentials, which belong into Secrets."""
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError as error:
        raise ValueError(f"{_shown(value)} is not a URL: {error}") from None
    if url.scheme not in schemes or not url.hostname or re.search(r"[\s\x00-\x1f\\\"'<>`{}|^]", value):
        raise ValueError(f"{_shown(value)} is not a URL that begins with {' or '.join(s + '://' for s in schemes)}")
    if url.username is not None or url.password is not None:
        raise ValueError("a URL here carries no user or password; credentials live in Secrets")
    if port == 0:
        raise ValueError(f"{_shown(value)} has port 0")
    return url


def _url(*schemes: str) -> Any:
    def check(value: str) -> str:
        split_url(value, schemes)
        return value.rstrip("/")

    pattern = f"^({'|'.join(schemes)})://"
    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string", "pattern": pattern})]


HttpUrl = _url("http", "https")
RedisUrl = _url("redis", "rediss")
ChartUrl = _url("http", "https", "oci")
