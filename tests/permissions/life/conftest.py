"""One life of services in two accounts, lived with no more rights than `reconciler iam-policy` prints."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from click.testing import CliRunner
from moto.core.authorization import enable_iam_authentication
from moto.iam.models import iam_backends

from reconciler.aws import Budgets, Gateway, clients_in
from reconciler.cli import main
from reconciler.clock import SteppedClock
from reconciler.sandbox import Call, Sandbox
from reconciler.sandbox.furnish import furnish_lease
from reconciler.store import Election, LeaseTable
from tests.invariants.live import Live
from tests.invariants.observer import Observer
from tests.loop.harness import CANARY, CLUSTER, Stage, is_operators
from tests.permissions.asked import asked_by
from tests.permissions.iam import Asked, listed, statements
from tests.transport import in_process

HOME, AWAY = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{AWAY}:role/deploys"
AWAY_CLUSTER = f"""
region: eu-west-1
account: "{AWAY}"
role: {ROLE}
vpc: vpc-0a1b2c3d4e5f60002
load_balancers:
  http-internal: {{name: away-internal, port: 80}}
zone: away.example
private_zone: true
defaults: {{registry: registry.example, task_role: away-task}}
guardrails: {{execution_roles: ["*-execution"]}}
"""
WEB = """
instances: {{test: 1, away: 1}}
cpu: 128
mem: 64
execution_role: "{{cluster}}-execution"
monitoring: {{team: {team}}}
listeners:
  - {{subdomain: web, port: 8080, protocol: http-internal, deregistration_delay: 10, health_check: {{path: {path}}}}}
rollout: {{strategy: blue-green, bake: 5s}}
"""
WORKER = "instances: {test: 1}\ncpu: 128\nmem: 64\n"
TABLE, REGION = "reconciler-lease", "us-east-1"
USER, POLICY = "operator", "least"


@dataclass(frozen=True)
class Life:
    """The policies by the role that has them (None: the operator's own), and what IAM was asked of each."""

    stage: Stage
    policies: Mapping[str | None, list[dict[str, Any]]]
    calls: list[tuple[str | None, Call]] = field(default_factory=list)
    asked: list[tuple[str | None, Asked]] = field(default_factory=list)


@pytest.fixture(scope="package")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Created, switched blue-green, changed, removed."""
    clock, root = SteppedClock(), tmp_path_factory.mktemp("desired")
    with Sandbox(clock, seed=1) as sandbox, in_process(sandbox), pytest.MonkeyPatch.context() as patch:
        settings = {"RECONCILER_SOURCE_PATH": str(root), "RECONCILER_LEASE_TABLE": TABLE}
        for name, value in {**sandbox.environment(), **settings}.items():
            patch.setenv(name, value)
        observer = Observer(sandbox, canary=CANARY)
        stage = Stage(sandbox, clock, root, observer)
        describe(stage)
        furnish_lease(sandbox, TABLE, REGION)
        lived = Life(stage, {None: policy("--lookup"), ROLE: policy("--lookup", "--role", ROLE)})
        key = give_rights(stage, lived.policies)
        patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        sandbox.hooks.before.append(lambda call: note(lived, call))
        with enable_iam_authentication():
            with observer:
                live_through(stage)
            observer.assert_upheld()
            keep_the_lease(clock)
            yield lived


def describe(stage: Stage) -> None:
    """The files at the beginning, and what they refer to."""
    stage.write("clusters/test.yml", CLUSTER)
    stage.write("clusters/away.yml", AWAY_CLUSTER)
    stage.write("services/worker/service.yml", WORKER)
    stage.write("services/worker/release.yml", "default: v1\n")
    web(stage, version="v1")
    stage.furnish()


def web(stage: Stage, *, version: str = "v2", team: str = "edge", path: str = "/") -> None:
    """The service that the life is of, in both clusters."""
    stage.write("services/web/service.yml", WEB.format(team=team, path=path))
    stage.write("services/web/release.yml", f"default: {version}\n")


def live_through(stage: Stage) -> None:
    """Created, switched blue-green, changed, removed from one cluster and then from the other."""
    stage.settle(step=15)
    web(stage)
    stage.settle(step=15)
    web(stage, team="core", path="/up")
    stage.settle(step=15)
    stage.write("services/web/service.yml", WEB.format(team="core", path="/up").replace(", away: 1", ""))
    stage.passes(8, step=15)
    stage.delete("web")
    stage.passes(8, step=15)
    assert [str(key) for key in stage.loop.status.services] == ["test/worker"], stage.report()


def keep_the_lease(clock: SteppedClock) -> None:
    """One replica takes the lease and lets go of it."""
    aws = Gateway(clients_in(REGION), clock, partial(Budgets(clock).bucket, HOME, REGION), lambda _: None)
    with Election(LeaseTable(aws, TABLE, "reconciler"), "me", 30, clock, lambda _: None) as election:
        next(election.terms())


def policy(*options: str) -> list[dict[str, Any]]:
    """The documents that the command prints."""
    done = CliRunner().invoke(main, ["iam-policy", *options])
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    return printed if isinstance(printed, list) else [printed]


def give_rights(stage: Stage, policies: Mapping[str | None, list[dict[str, Any]]]) -> Mapping[str, str]:
    """A user for the operator, and the role that it assumes, with the rights of these policies. Returns its key."""
    iam = stage.client("iam")
    iam.create_user(UserName=USER)
    grant_user(stage, actions(policies[None]))
    name = ROLE.rsplit("/", 1)[-1]
    iam_backends[AWAY]["aws"].put_role_policy(name, POLICY, judged_by_moto(actions(policies[ROLE])))
    return dict(iam.create_access_key(UserName=USER)["AccessKey"])


def grant_user(stage: Stage, allowed: list[str]) -> None:
    """Let the operator's user do these actions and no others."""
    iam_backends[HOME]["aws"].put_user_policy(USER, POLICY, judged_by_moto(allowed))


def actions(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every action that the documents allow."""
    allowed = (statement for statement in statements(documents) if statement["Effect"] == "Allow")
    return sorted({action for statement in allowed for action in listed(statement["Action"])})


def judged_by_moto(allowed: list[str]) -> str:
    """A policy of these actions: moto looks at nothing else, and takes a condition for a reason to deny."""
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def note(life: Life, call: Call) -> None:
    """Remember one of the operator's calls, with what IAM is asked before it."""
    if not is_operators():
        return
    role = ROLE if call.account == AWAY else None
    life.calls.append((role, call))
    live = Live(life.stage.sandbox.world, call.account, call.region)
    life.asked.extend((role, asked) for asked in asked_by(call, live))
