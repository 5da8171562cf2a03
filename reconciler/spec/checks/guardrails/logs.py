"""Files and sockets of the instance that log drivers open: Docker's daemon does, as root, outside of any container."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.spec.checks.case import Case
from reconciler.spec.checks.guardrails.refusal import refusal
from reconciler.spec.checks.guardrails.task import is_below
from reconciler.spec.desired import Workload
from reconciler.spec.errors import Path, SpecError

_IN_A_CONTAINER = "awsfirelens"
"""Its options are for a router that is a container of the task."""

_FILES = ("-capath", "-tls-ca-cert", "-tls-cert", "-tls-key")
_ADDRESS = "-address"
"""How options end that name a file or, it may be, a socket:
https://docs.docker.com/engine/logging/drivers/syslog/, …/splunk/ and …/fluentd/
"""

_SOCKET = re.compile("unix[a-z]*://", re.IGNORECASE)
_PLAIN_SOCKET = re.compile("unix[a-z]*://(/[^%?#]*)", re.IGNORECASE)
"""The address of a socket, and one in which Docker, which takes it for a URL, sees no other path than we do."""

_CONNECT: Path = ("service", "serviceConnectConfiguration", "logConfiguration")


class _Option(NamedTuple):
    """An option of a log driver, where it stands; `value` is None when it is a secret's."""

    name: str
    value: str | None
    path: Path


def logs(case: Case, workload: Workload) -> Iterator[SpecError]:
    """What `logging:` has the instance open is allowed."""
    logging = case.spec.logging
    if logging.driver != _IN_A_CONTAINER:
        options = (_Option(name, value, ("logging", "options", name)) for name, value in logging.options.items())
        yield from _judged(case, workload, options)


def passed_logs(case: Case, workload: Workload) -> Iterator[SpecError]:
    """So is what single containers' logs do, and those of Service Connect's proxy."""
    for container in case.containers.values():
        configuration = container.over.get("logConfiguration", {})
        yield from _judged(case, workload, _options(configuration, container.at("logConfiguration")))
    connect = case.spec.service.get("serviceConnectConfiguration", {}).get("logConfiguration", {})
    yield from _judged(case, workload, _options(connect, _CONNECT))


def _options(configuration: Mapping[str, Any], path: Path) -> Iterator[_Option]:
    if configuration.get("logDriver") == _IN_A_CONTAINER:
        return
    for name, value in configuration.get("options", {}).items():
        yield _Option(name, value, (*path, "options", name))
    for number, secret in enumerate(configuration.get("secretOptions", ())):
        yield _Option(secret["name"], None, (*path, "secretOptions", number))


def _judged(case: Case, workload: Workload, options: Iterator[_Option]) -> Iterator[SpecError]:
    allowed = workload.cluster.guardrails.host_paths
    for option in options if workload.launch_type == "EC2" else ():
        if (opened := _opened(option)) is not None and not (opened and is_below(opened, allowed)):
            what = f"`{option.name}` has the instance's Docker open {option.value or 'what a secret says'}"
            yield refusal(case, workload, "host_paths", option.path, what, "remove it")


def _opened(option: _Option) -> str | None:
    """The path of the instance that an option names; "" when nobody can say which, and None when it names none."""
    if option.value is None:
        return "" if option.name.endswith((*_FILES, _ADDRESS)) else None
    if option.name.endswith(_FILES):
        return option.value
    if _SOCKET.match(option.value):
        plain = _PLAIN_SOCKET.fullmatch(option.value)
        return plain[1] if plain else ""
    return None
