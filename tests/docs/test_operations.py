"""What operations.md lists is what there is: settings, statuses, metrics, permissions."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from reconciler.duration import seconds
from reconciler.model import HealthStatus, Phase, SyncStatus
from reconciler.settings import Settings
from tests.docs.documents import ROOT, blocks, read, rows, section

OPERATIONS = read("docs/operations.md")
PREFIXES = {"ecs": "ecs", "elbv2": "elasticloadbalancing", "route53": "route53", "sts": "sts", "dynamodb": "dynamodb"}
MADE_BY_NO_PLAN = {"ecs:DeregisterTaskDefinition"}  # docs/decisions/0007
ASKED_BY_AWS = {"iam:PassRole", "sts:AssumeRole"}  # of whoever registers definitions and whoever has a role to assume


def settings() -> Iterator[tuple[str, object]]:
    """Every setting by its dotted name, with its default."""
    for section_name, info in Settings.model_fields.items():
        if isinstance(info.default, BaseModel):
            yield from (
                (f"{section_name}.{key}", getattr(info.default, key)) for key in type(info.default).model_fields
            )
        else:
            yield section_name, info.default


SETTINGS = dict(settings())


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_listed_with_its_variable_and_default(setting: str) -> None:
    default = SETTINGS[setting]
    told = {cells[0]: cells[1:3] for cells in rows(section(OPERATIONS, "## Settings"))}
    variable, said = told[setting]

    assert variable == f"RECONCILER_{setting}".replace(".", "_").upper()
    assert said == ("none" if default is None else str(default)) or seconds(said) == default


def test_no_setting_is_listed_that_there_is_not() -> None:
    assert {cells[0] for cells in rows(section(OPERATIONS, "## Settings"))} == SETTINGS.keys()


def test_every_status_and_phase_is_explained() -> None:
    explained = [cells[0] for cells in rows(section(OPERATIONS, "## Statuses"))]

    assert sorted(explained) == sorted([*SyncStatus, *HealthStatus, *Phase])


def test_metrics_asked_for_exist() -> None:
    exported = {cells[0] for cells in rows(read("docs/metrics.md"))}
    asked = set(re.findall(r"\breconciler_[a-z_]+\b", OPERATIONS))

    assert asked
    assert asked <= exported


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_understands_the_questions(tmp_path: Path) -> None:
    (questions,) = blocks(OPERATIONS, "promql")
    rules = tmp_path / "rules.yml"
    expressions = [question.partition("\n")[2] for question in re.split(r"\n(?=# )", questions)]
    rules.write_text(
        "groups:\n  - name: asked\n    rules:\n"
        + "".join(
            f"      - record: question:{number}\n        expr: >-\n          {' '.join(expression.split())}\n"
            for number, expression in enumerate(expressions)
        )
    )

    checked = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(expressions)} rules found" in checked.stdout


def test_permissions_are_what_the_code_calls() -> None:
    sources = [
        path.read_text() for folder in ("aws", "kinds", "store") for path in (ROOT / "reconciler" / folder).glob("*.py")
    ]
    called = {
        f"{PREFIXES[service]}:{operation}"
        for source in sources
        for service, operation in re.findall(r'"(ecs|elbv2|route53|sts|dynamodb)",\s*"([A-Z]\w+)"', source)
    }
    table = [line for line in section(OPERATIONS, "## Permissions").splitlines() if line.startswith("|")]
    told = set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", "\n".join(table)))

    assert told - ASKED_BY_AWS == called - MADE_BY_NO_PLAN
