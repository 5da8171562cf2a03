"""Where containers' output goes: drivers that are there, with options that they have."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.spec.checks.case import Case
from reconciler.spec.containers import Container
from reconciler.spec.errors import Path, SpecError
from reconciler.spec.wording import did_you_mean

_ON_FARGATE = ("awslogs", "splunk", "awsfirelens")
_AWSLOGS: Mapping[str, tuple[str, str]] = {
    "awslogs-create-group": ("true|false", "'true' or 'false'"),
    "awslogs-region": ("[a-z0-9-]+", "an AWS region"),
    "awslogs-group": (r"[A-Za-z0-9_./#-]{1,512}", "a log group: at most 512 letters, digits and _ . / # -"),
    "awslogs-stream-prefix": ("[^:*]+", "text without : and *"),
    "awslogs-datetime-format": (".+", "a format of strftime's"),
    "awslogs-multiline-pattern": (".+", "a regular expression"),
    "mode": ("blocking|non-blocking", "'blocking' or 'non-blocking'"),
    "max-buffer-size": ("[0-9]+[kmg]?", "a size such as 25m"),
}
"""The options of awslogs: what each must match, and that in words."""
_NEEDED = ("awslogs-group", "awslogs-region")


class _Log(NamedTuple):
    """One `logging:` or `logConfiguration:`."""

    driver: str
    driver_path: Path
    options: Mapping[str, str]
    options_path: Path


def check_logging(case: Case) -> Iterator[SpecError]:
    """The service's driver runs where the task does and knows its options."""
    logging = case.spec.logging
    yield from _log(case, _Log(logging.driver, ("logging", "driver"), logging.options, ("logging", "options")))


def check_logs(case: Case) -> Iterator[SpecError]:
    """So do the drivers of single containers, and there is a router where one is needed."""
    drivers: set[str] = {case.spec.logging.driver}
    for container in case.containers.values():
        if log := _passed_through(container):
            drivers.add(log.driver)
            yield from _log(case, log)
            yield from _beside(case, container, log)
    routed = any("firelensConfiguration" in container.over for container in case.containers.values())
    if "awsfirelens" in drivers and not routed:
        message = "awsfirelens needs a container that routes logs; add one with `firelensConfiguration`"
        yield case.error(("logging", "driver"), message)


def _passed_through(container: Container) -> _Log | None:
    log = container.over.get("logConfiguration")
    if log is None:
        return None
    path = container.at("logConfiguration")
    return _Log(log["logDriver"], (*path, "logDriver"), log.get("options", {}), (*path, "options"))


def _log(case: Case, log: _Log) -> Iterator[SpecError]:
    on_fargate = sorted(found.key.cluster for found in case.workloads if found.launch_type == "FARGATE")
    if on_fargate and log.driver not in _ON_FARGATE:
        message = f"Fargate has no log driver {log.driver}; choose one of {', '.join(_ON_FARGATE)}"
        yield case.error(log.driver_path, message)
    if log.driver != "awslogs":
        return
    for name, value in log.options.items():
        if name not in _AWSLOGS:
            message = f"awslogs has no option `{name}`; {did_you_mean(name, _AWSLOGS)}"
            yield case.error_at_key((*log.options_path, name), message)
            continue
        pattern, rule = _AWSLOGS[name]
        if not re.fullmatch(pattern, value):
            yield case.error((*log.options_path, name), f"`{name}` must be {rule}")
    if {"awslogs-datetime-format", "awslogs-multiline-pattern"} <= log.options.keys():
        message = "awslogs takes either `awslogs-datetime-format` or `awslogs-multiline-pattern`; remove one"
        yield case.error(log.options_path, message)


def _beside(case: Case, container: Container, log: _Log) -> Iterator[SpecError]:
    """What a `logConfiguration` lacks for itself, or has against the service's `logging`, over which it is laid."""
    service = case.spec.logging.driver
    if container.short and log.driver != service:
        message = f"`logDriver` of `{container.name}` must be {service}, which its options are for; use `logging:`"
        yield case.error(log.driver_path, message)
    elif not container.short and log.driver == "awslogs":
        for name in (name for name in _NEEDED if name not in log.options):
            yield case.error(log.options_path, f"awslogs of `{container.name}` needs the option `{name}`; add it")
