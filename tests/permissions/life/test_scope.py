"""What the printed policies allow ends at what is the installation's own: evaluated for every call of a whole life."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.permissions.asked import passing
from tests.permissions.iam import Asked, allows, statements
from tests.permissions.life.conftest import AWAY, HOME, ROLE, Life

OWNER, CLUSTER = "reconciler:owner", "reconciler:cluster"
NEVER_ITSELF = {f"ecs:{write}Service" for write in ("Create", "Update", "Delete")} | {"ecs:TagResource"}
SERVICE = ":service/"
CHANGES = {"UpdateService", "DeleteService", "TagResource", "AddTags", "DeleteRule", "DeleteTargetGroup"}
CHANGES |= {"ModifyRule", "ModifyTargetGroup", "ModifyTargetGroupAttributes"}
CREATIONS = {"CreateService", "RegisterTaskDefinition", "CreateTargetGroup", "CreateRule"}
ON_CREATION = ("ecs:CreateAction", "elasticloadbalancing:CreateAction")


def test_every_call_is_allowed(life: Life) -> None:
    denied = [str(asked) for role, asked in life.asked if not allows(life.policies[role], asked)]
    assert denied == []


def without(asked: Asked, prefix: str) -> Asked:
    return replace(asked, context={key: value for key, value in asked.context.items() if not key.startswith(prefix)})


def says(asked: Asked, key: str, value: str) -> Asked:
    return replace(asked, context={**asked.context, key: (value,)})


STRANGERS: dict[str, Callable[[Asked], Asked]] = {
    "nobody": lambda asked: without(asked, "aws:ResourceTag/"),
    "another installation": lambda asked: says(asked, f"aws:ResourceTag/{OWNER}", "theirs"),
    "a cluster that is not in desired/": lambda asked: says(asked, f"aws:ResourceTag/{CLUSTER}", "theirs"),
}


@pytest.mark.parametrize("owner", STRANGERS)
def test_what_belongs_to_somebody_else_can_not_be_changed_deleted_or_tagged(life: Life, owner: str) -> None:
    theirs = [(role, STRANGERS[owner](asked)) for role, asked in changes(life)]
    assert {asked.action.partition(":")[2] for _, asked in theirs} == CHANGES
    assert allowed(life, theirs) == []


def changes(life: Life) -> Iterator[tuple[str | None, Asked]]:
    """What was asked about a resource that was there."""
    for role, asked in life.asked:
        tags_on_creation = any(key in asked.context for key in ON_CREATION)
        if asked.action.partition(":")[2] in CHANGES and not tags_on_creation:
            yield role, asked


def allowed(life: Life, asked: list[tuple[str | None, Asked]]) -> list[str]:
    return [str(one) for role, one in asked if allows(life.policies[role], one)]


@pytest.mark.parametrize("tag", [OWNER, CLUSTER])
@pytest.mark.parametrize("value", ["theirs", None])
def test_nothing_is_created_without_the_installations_tags(life: Life, tag: str, value: str | None) -> None:
    key = f"aws:RequestTag/{tag}"
    created = [(role, asked) for role, asked in life.asked if asked.action.partition(":")[2] in CREATIONS]
    marked_otherwise = [(role, says(asked, key, value) if value else without(asked, key)) for role, asked in created]
    assert {asked.action.partition(":")[2] for _, asked in created} == CREATIONS
    assert allowed(life, marked_otherwise) == []


@pytest.mark.parametrize(
    ("where", "other"),
    [
        (f":{HOME}:", ":999999999999:"),
        (f":{AWAY}:", ":999999999999:"),
        ("us-east-1", "ap-south-1"),
        ("eu-west-1", "us-east-1"),
    ],
)
def test_nothing_is_written_in_another_account_or_region(life: Life, where: str, other: str) -> None:
    writes = CHANGES | CREATIONS
    moved = [
        (role, replace(asked, resource=asked.resource.replace(where, other)))
        for role, asked in life.asked
        if asked.action.partition(":")[2] in writes and where in asked.resource
        if not any(key in asked.context for key in ON_CREATION)  # follows the creation, which is bound
    ]
    assert moved
    assert allowed(life, moved) == []


@pytest.mark.parametrize(
    ("resource", "theirs"),
    [
        ("service/test/", "service/theirs/"),
        ("targetgroup/test-", "targetgroup/theirs-"),
        ("task-definition/test-", "task-definition/theirs-"),
        ("listener/app/test-internal/", "listener/app/theirs/"),
        ("listener-rule/app/test-internal/", "listener-rule/app/theirs/"),
    ],
)
def test_what_is_named_as_no_cluster_file_has_it_can_not_be_written(life: Life, resource: str, theirs: str) -> None:
    elsewhere = [
        (role, replace(asked, resource=asked.resource.replace(resource, theirs)))
        for role, asked in life.asked
        if resource in asked.resource and not any(key in asked.context for key in ON_CREATION)
    ]
    assert elsewhere
    assert allowed(life, elsewhere) == []


def records(life: Life) -> list[tuple[str | None, Asked]]:
    return [(role, asked) for role, asked in life.asked if asked.action == "route53:ChangeResourceRecordSets"]


def test_no_record_of_another_zone_is_changed(life: Life) -> None:
    elsewhere = [
        (role, replace(asked, resource="arn:aws:route53:::hostedzone/ZTHEIRS")) for role, asked in records(life)
    ]
    assert elsewhere
    assert allowed(life, elsewhere) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("NormalizedRecordNames", "web.theirs.example"), ("NormalizedRecordNames", "test.example"), ("RecordTypes", "NS")],
)
def test_no_batch_is_let_through_that_holds_a_record_out_of_reach(life: Life, key: str, value: str) -> None:
    name = f"route53:ChangeResourceRecordSets{key}"
    mixed = [
        (role, replace(asked, context={**asked.context, name: (*asked.context[name], value)}))
        for role, asked in records(life)
    ]
    assert mixed
    assert allowed(life, mixed) == []


def test_no_role_is_passed_that_no_service_names_nor_to_anybody_but_ecs(life: Life) -> None:
    named = f"arn:aws:iam::{HOME}:role/test-execution"
    assert allows(life.policies[None], passing(named))
    assert not allows(life.policies[None], passing(f"arn:aws:iam::{HOME}:role/admin"))
    assert not allows(life.policies[None], passing(named, "ec2.amazonaws.com"))
    assert allows(life.policies[ROLE], passing(f"arn:aws:iam::{AWAY}:role/away-task"))
    assert not allows(life.policies[None], passing(f"arn:aws:iam::{AWAY}:role/away-task"))


def test_no_role_is_assumed_that_no_cluster_file_names(life: Life) -> None:
    assert allows(life.policies[None], Asked("sts:AssumeRole", ROLE))
    assert not allows(life.policies[None], Asked("sts:AssumeRole", f"arn:aws:iam::{AWAY}:role/admin"))
    assert not allows(life.policies[ROLE], Asked("sts:AssumeRole", ROLE))


def test_no_lease_but_the_installations_own_is_taken(life: Life) -> None:
    leases = [(role, asked) for role, asked in life.asked if asked.action.startswith("dynamodb:")]
    theirs = [(role, says(asked, "dynamodb:LeadingKeys", "theirs")) for role, asked in leases]
    elsewhere = [(role, replace(asked, resource=f"{asked.resource}-of-others")) for role, asked in leases]
    assert leases
    assert allowed(life, theirs + elsewhere) == []


def test_the_operators_own_service_can_not_be_touched_even_if_somebody_marks_it_as_owned(life: Life) -> None:
    writes = [(role, asked) for role, asked in life.asked if asked.action in NEVER_ITSELF and SERVICE in asked.resource]
    itself = [(role, replace(asked, resource=own_service(asked.resource))) for role, asked in writes]
    assert {asked.action for _, asked in itself} == NEVER_ITSELF
    assert allowed(life, itself) == []


def own_service(arn: str) -> str:
    return f"{arn.rpartition('/')[0]}/reconciler"


def test_no_statement_allows_everything(life: Life) -> None:
    for documents in life.policies.values():
        assert all("*" not in str(statement["Action"]) for statement in statements(documents))
