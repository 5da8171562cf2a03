"""A policy that is too large for AWS comes as several, which together allow the same."""

from reconciler.kinds.grants import Grant
from reconciler.permissions import LARGEST, documents, size
from tests.permissions.asked import passing
from tests.permissions.iam import allows

ROLES = tuple(f"arn:aws:iam::123456789012:role/task-of-service-number-{number}" for number in range(400))


def many(roles: tuple[str, ...]) -> list[Grant]:
    to_ecs = {"StringEquals": {"iam:PassedToService": ("ecs-tasks.amazonaws.com",)}}
    return [Grant("Read", ("ecs:DescribeClusters",)), Grant("PassRoleToTasks", ("iam:PassRole",), roles, to_ecs)]


def test_what_fits_is_one_document() -> None:
    assert len(documents(many(ROLES[:50]))) == 1


def test_hundreds_of_roles_come_in_documents_that_aws_takes_and_each_role_is_allowed() -> None:
    several = documents(many(ROLES))
    assert len(several) <= 10
    assert all(size(document) <= LARGEST for document in several)
    assert [role for role in ROLES if not allows(several, passing(role))] == []


def test_no_two_statements_of_a_document_have_the_same_id() -> None:
    for document in documents(many(ROLES)):
        ids = [statement["Sid"] for statement in document["Statement"]]
        assert len(ids) == len(set(ids))
        assert all(each.isalnum() for each in ids)  # IAM takes nothing else
