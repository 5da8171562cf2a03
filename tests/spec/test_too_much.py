"""Files that are far larger than a spec: told in a few lines, and looked into no further than that takes."""

import pytest

from tests.spec.closed import APP, RELEASE, told
from tests.spec.trees import GOOD, load_tree, service

SIDECAR = '{{name: c{n}, image: "registry.example/team/x:1", memory: 6, portMappings: [{ports}]}}'
EVERY_PORT = ", ".join(f"{{containerPortRange: {first}-65535}}" for first in range(1, 90))


def repeated(line: str, times: int) -> str:
    return "".join(line.format(n=number) for number in range(times))


@pytest.mark.parametrize(
    "text", ["x: [" + "1," * 40_000 + "]\n", "x: {" + repeated("a{n}: 1,", 20_000) + "}\n"], ids=["items", "names"]
)
def test_a_file_of_tens_of_thousands_of_names_and_values_is_read_up_to_there(text: str) -> None:
    (refusal,) = told(text)

    assert "over 40000 names and values; a spec is a few lines, so look at what was added" in refusal


def test_of_listeners_beyond_the_most_only_their_number_is_told() -> None:
    listeners = repeated("  - {{subdomain: s{n}, port: 80, protocol: none}}\n", 500)

    assert told("listeners:\n" + listeners) == ["5:3: `listeners` has 500 items; AWS takes at most 5, so remove some"]


def test_of_a_service_s_thousands_of_errors_the_first_are_told_and_it_waits_in_every_cluster() -> None:
    text = APP + "task_definition:\n" + repeated("  networkMode{n}: 1\n", 5000)

    errors = load_tree(GOOD, service(text.replace("{prod: 2}", "{prod: 2, test: 2}"), release=RELEASE)).errors

    assert len(errors) == 101
    assert errors[-1].message == "more than these 100 problems; mend the others first"
    assert errors[-1].cluster == ""


def test_volumes_that_share_a_name_are_each_refused() -> None:
    refusals = told("task_definition: {volumes: [{name: a}, {name: b}, {name: a}]}\n")

    assert refusals == [
        f"4:{column}: another volume is called `a` too; give it a name of its own" for column in (29, 51)
    ]


def test_of_ranges_of_ports_that_meet_one_port_is_told() -> None:
    containers = ", ".join(SIDECAR.format(n=number, ports=EVERY_PORT) for number in range(3))
    text = f"task_definition: {{networkMode: awsvpc, containerDefinitions: [{containers}]}}\n"

    shared = [refusal.partition(": ")[2] for refusal in told(text) if "share" in refusal]

    assert shared == [
        f"`c{number}` and `c0` share the task's network, and both open port 1; change one" for number in (1, 2)
    ]
