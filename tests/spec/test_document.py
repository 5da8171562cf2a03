"""YAML as the specs read it: the 1.2 core schema, and a position for everything."""

import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.spec import document
from reconciler.spec.document import parse
from reconciler.spec.errors import Position
from tests.spec.trees import GOOD, catalogue, load_tree

SCALARS: dict[str, object] = {
    "no": "no",
    "on": "on",
    "yes": "yes",
    "Off": "Off",
    "true": True,
    "True": True,
    "FALSE": False,
    "tRUE": "tRUE",
    "null": None,
    "~": None,
    "nil": "nil",
    "010": 10,
    "0o10": 8,
    "0x1F": 31,
    "0b11": "0b11",
    "-7": -7,
    "+7": 7,
    "1_000": "1_000",
    "1,000": "1,000",
    "1:30": "1:30",
    "1.5": 1.5,
    "1.": 1.0,
    ".5": 0.5,
    "1e3": 1000.0,
    "1.2.3": "1.2.3",
    "2024-01-01": "2024-01-01",
    "0.0.0.0/0": "0.0.0.0/0",
    "67c9cbb": "67c9cbb",
    "'1'": "1",
    '"true"': "true",
    "=": "=",
    "inf": "inf",
    "a b": "a b",
}


@pytest.mark.parametrize(("scalar", "value"), SCALARS.items(), ids=list(SCALARS))
def test_a_scalar_is_read_by_the_core_schema_of_yaml_1_2(scalar: str, value: object) -> None:
    read = parse(f"key: {scalar}".encode()).value

    assert read is not None
    assert (read["key"], type(read["key"])) == (value, type(value))


def test_every_value_and_every_key_has_its_position() -> None:
    read = parse(b"a: 1\nb:\n  - c: x\n    d:\n  - [y, {e: z}]\n")

    assert read.value == {"a": 1, "b": [{"c": "x", "d": None}, ["y", {"e": "z"}]]}
    assert read.where(("a",)) == Position(1, 4)
    assert read.where_key(("b",)) == Position(2, 1)
    assert read.where(("b", 0, "c")) == Position(3, 8)
    assert read.where_key(("b", 0, "d")) == Position(4, 5)
    assert read.where(("b", 1, 1, "e")) == Position(5, 13)


def test_columns_count_characters_not_bytes() -> None:
    assert parse("{'ä€😀': no, b: 1}".encode()).where_key(("b",)) == Position(1, 13)


def test_what_is_not_there_stands_where_its_nearest_parent_stands() -> None:
    read = parse(b"a:\n  b: 1\n")

    assert read.where(("a", "missing", "deeper")) == Position(2, 3)
    assert read.where(("missing",)) == Position(1, 1)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise_or_leave_a_problem_without_position(content: bytes) -> None:
    read = parse(content)

    assert read.problems or isinstance(read.value, dict)
    assert all(position.line >= 1 and position.column >= 1 and message for position, message in read.problems)


YAMLISH = st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"%@`#?,\n\t 01.~<="), max_size=60)


@settings(max_examples=300, deadline=None)
@given(YAMLISH)
def test_no_text_made_of_yaml_s_own_signs_makes_it_raise(text: str) -> None:
    read = parse(text.encode())

    assert read.problems or isinstance(read.value, dict)


def test_without_libyaml_good_files_say_the_same_and_broken_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = load_tree(GOOD)
    monkeypatch.setattr(document, "_Parser", yaml.SafeLoader)

    assert load_tree(GOOD) == fast
    for refusal in catalogue():
        refused = {error.path.removeprefix("desired/") for error in load_tree(GOOD, refusal.files).errors}
        assert refused
        assert refused <= refusal.files.keys()


@st.composite
def mutated_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file with a few of its bytes replaced, removed or added."""
    path = draw(st.sampled_from(sorted(GOOD)))
    content = bytearray(GOOD[path].encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        content[at : at + draw(st.integers(0, 3))] = draw(
            st.binary(max_size=3) | st.sampled_from([b": ", b"\n", b"- "])
        )
    return path, bytes(content)


@settings(max_examples=150, deadline=None)
@given(mutated_files())
def test_a_mutated_good_file_never_raises_and_every_error_names_a_place_in_it(mutated: tuple[str, bytes]) -> None:
    path, content = mutated
    desired = load_tree(GOOD, {path: content})

    lines = content.count(b"\n") + content.count(b"\r") + 2
    for error in desired.errors:
        assert error.path.startswith("desired/")
        assert 1 <= error.line <= (lines if error.path == f"desired/{path}" else 50)
        assert error.column >= 1
        assert str(error).isprintable()
    assert all(math.isfinite(found.instances) for found in desired.workloads)
