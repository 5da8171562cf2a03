"""Every error is told at once: what is wrong hides nothing else, and nothing is told that only follows from it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

from reconciler.spec.errors import Path
from reconciler.spec.judge import judge
from reconciler.spec.layout import SpecFile
from reconciler.spec.models import ServiceSpec
from reconciler.spec.wording import dotted
from tests.spec.trees import GOOD, load_tree, service

FULL: dict[str, Any] = yaml.safe_load("""\
instances: {test: 1, prod: 3}
cpu: 1024
mem: 2048
image: registry.example/app
entrypoint: [/bin/app]
command: [serve]
environment: {COLOUR: red}
secrets:
  TOKEN: {ssm: "/{cluster}/token"}
  KEY: {secretsmanager: "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf", key: password}
task_role: app
execution_role: pull
listeners:
  - subdomain: app
    port: 8080
    protocol: http-internal
    container: nginx
    health_check: {path: /status, interval: 6, timeout: 3, matcher: "200"}
    deregistration_delay: 30
  - {subdomain: admin, port: 9000, protocol: http-internal}
health_check: {command: [CMD-SHELL, "true"], interval: 10}
depends_on: {setup: SUCCESS}
logging: {driver: awslogs, options: {mode: non-blocking}}
sidecars:
  nginx: {image: "nginx:1.27", port: 8080, mem: 128, depends_on: {app: HEALTHY}, environment: {A: b}}
  setup: {image: "setup:1", essential: false, command: [run], health_check: {command: [CMD, run]}}
launch_type: EC2
security_groups: [sg-1]
placementConstraints: [{type: memberOf, expression: "attribute:x == y"}]
placementStrategy: [{type: spread, field: instanceId}]
rollout: {strategy: blue-green, bake: 1m, deadline: 10m}
monitoring: {team: platform, slack_channel: {alerts: platform-alerts}}
ignore: [desiredCount]
task_definition:
  networkMode: awsvpc
  volumes: [{name: data}]
  containerDefinitions: [{name: app, mountPoints: [{sourceVolume: data, containerPath: /data}]}]
service: {enableExecuteCommand: true, networkConfiguration: {awsvpcConfiguration: {subnets: [subnet-1]}}}
""")
CONFIG = "default: {LEVEL: info}\n"
RELEASE = "default: 67c9cbb\n"
NONSENSE: object = [{"nonsense": [[]]}]
OF_ECS = {"task_definition", "service"}
"""Sections that the model of the file only knows to be maps."""


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """The way to every value in the file, but for what is in ECS's words."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield (*path, step)
        if step not in OF_ECS:
            yield from paths(item, (*path, step))


def changed(path: Path, *, name: str | None = None, value: object = None) -> str:
    """The full service.yml with another value at the path, or the value under another name."""
    written = deepcopy(FULL)
    parent: Any = written
    for step in path[:-1]:
        parent = parent[step]
    if name:
        parent[name] = parent.pop(path[-1])
    else:
        parent[path[-1]] = value
    return json.dumps(written)


def told(text: str, config: str = CONFIG, release: str = RELEASE) -> list[str]:
    """What is said of the service in its tree, without the name of the file."""
    errors = load_tree(GOOD, service(text, config=config, release=release)).errors
    return [f"{error.line}:{error.column}: {error.message}" for error in errors]


def told_of_the_file_alone(text: str) -> list[str]:
    file = SpecFile("services/app/service.yml", "service", "app", text.encode())
    return [f"{error.line}:{error.column}: {error.message}" for error in judge(file, ServiceSpec).errors]


def test_the_full_service_is_right() -> None:
    assert told(json.dumps(FULL)) == []


@pytest.mark.parametrize("path", list(paths(FULL)), ids=dotted)
def test_one_wrong_value_is_told_alone(path: Path) -> None:
    text = changed(path, value=NONSENSE)

    assert told(text) == told_of_the_file_alone(text)
    assert told(text)


def misspelt(path: Path) -> str:
    return changed(path, name=f"{path[-1]}x")


NAMES = [path for path in paths(FULL) if isinstance(path[-1], str)]
FIELDS = [path for path in NAMES if "unknown field" in "".join(told_of_the_file_alone(misspelt(path)))]


@pytest.mark.parametrize("path", FIELDS, ids=dotted)
def test_one_misspelt_field_is_told_alone(path: Path) -> None:
    text = misspelt(path)

    assert told(text) == told_of_the_file_alone(text)
    assert any(f"unknown field `{path[-1]}x`; did you mean `{path[-1]}`?" in error for error in told(text))


def test_a_wrong_version_is_told_alone() -> None:
    (error,) = told(json.dumps(FULL), release="default: a b\n")

    assert error.startswith("1:10: `default` must be an image tag")


def test_a_wrong_image_that_may_have_pinned_the_version_is_told_alone() -> None:
    desired = load_tree(GOOD, service("instances: {test: 1}\ncpu: 256\nmem: 512\nimage: 'app :1'\n"))

    assert [error.message[:24] for error in desired.errors] == ["`image` must be an image"]


def test_an_overlay_that_is_wrong_may_have_removed_any_variable() -> None:
    text = changed(("environment",), value={"TOKEN": "open"})
    removed = "default: {TOKEN: null}\n"

    assert told(text, config=removed) == []
    assert told(text, config=f"{removed}test: 1\n") == ["2:7: `test` must be a map (`name: value`), not the number 1"]


def test_what_only_some_clusters_allow_is_not_refused_while_one_of_them_is_unknown() -> None:
    desired = load_tree(
        GOOD,
        service(
            "instances: {test: 1, fargate: 1}\ncpu: 256\nmem: 512\nimage: app:1\nsecurity_groups: [sg-1]\n"
            "task_definition: {ephemeralStorage: {sizeInGiB: 30}}\n"
        ),
    )

    assert [(error.line, error.message[:25]) for error in desired.errors] == [(1, "unknown cluster `fargate`")]


def test_an_unknown_field_of_a_cluster_hides_nothing_else_of_it() -> None:
    role = "arn:aws:iam::999999999999:role/deploy"
    bare = GOOD["clusters/bare.yml"]
    desired = load_tree(GOOD, {"clusters/bare.yml": f"{bare}role: {role}\nfoo: 1\n"})
    lines = bare.count("\n")

    assert [(error.line, error.message[:19]) for error in desired.errors] == [
        (lines + 1, "the role is not of "),
        (lines + 2, "unknown field `foo`"),
    ]
    assert "bare" not in desired.clusters
