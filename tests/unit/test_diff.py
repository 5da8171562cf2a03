"""Only what is declared is compared."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.diff import changes, fill, refs
from reconciler.model import FieldChange, Ref, ResourceId, ServiceKey

PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
PORTS = (("a", 80), ("b", 81))
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
REF = Ref(ResourceId("target-group", ServiceKey("test", "web"), "test-web"))


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert changes(value, value) == ()


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_what_aws_adds_never_shows_up(want: dict[str, Any], defaults: dict[str, Any]) -> None:
    assert changes(want, {**defaults, **want}) == ()


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1), min_size=1), st.data())
def test_every_changed_field_is_named_once_with_both_values(want: dict[str, int], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(want)))
    live = {**want, name: -1}
    assert changes(want, live) == (FieldChange(name, -1, want[name]),)


def test_nothing_declared_and_nothing_there_are_the_same() -> None:
    assert changes({"a": [], "b": "", "c": None, "d": {}}, {}) == ()


def test_a_zero_or_a_false_that_is_declared_is_not_nothing() -> None:
    assert changes({"count": 0, "public": False}, {"public": True}) == (
        FieldChange("count", None, 0),
        FieldChange("public", True, False),
    )


def test_items_with_a_name_are_matched_by_it_in_any_order() -> None:
    want = [{"name": "app", "image": "app:2"}, {"name": "nginx", "image": "nginx:1"}]
    live = [{"name": "nginx", "image": "nginx:1", "cpu": 0}, {"name": "app", "image": "app:1", "cpu": 0}]
    assert changes({"containers": want}, {"containers": live}) == (
        FieldChange("containers[app].image", "app:1", "app:2"),
    )


def test_a_list_of_another_length_differs_as_a_whole() -> None:
    assert changes({"subnets": ["a", "b"]}, {"subnets": ["a"]}) == (FieldChange("subnets", ["a"], ["a", "b"]),)


def test_references_are_filled_in_at_any_depth_and_unknown_ones_stay() -> None:
    other = Ref(ResourceId("service", ServiceKey("test", "web"), "web"))
    value = {"groups": [{"arn": REF}], "service": other}
    assert fill(value, {REF: "arn:1"}) == {"groups": [{"arn": "arn:1"}], "service": other}
    assert set(refs(value)) == {REF, other}


def test_two_ways_into_one_container_are_told_apart_by_their_target_groups() -> None:
    groups = [{"targetGroupArn": name, "containerName": "web", "containerPort": port} for name, port in PORTS]
    assert changes(groups, list(reversed(groups))) == ()


def test_items_that_no_value_tells_apart_are_compared_in_their_order() -> None:
    items = [{"name": "same", "port": port} for _, port in PORTS]
    assert changes(items, items) == ()
    assert [change.path for change in changes(items, list(reversed(items)))] == ["[0].port", "[1].port"]
