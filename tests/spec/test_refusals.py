"""Every broken file is refused with a position and advice, and costs nobody else anything."""

from collections.abc import Mapping

import pytest

from reconciler.model import ServiceKey
from reconciler.spec import Desired, load
from tests.spec.trees import GOOD, Refusal, catalogue, load_tree

CATALOGUE = list(catalogue())
UNHARMED = load_tree(GOOD).workloads

APP = "instances: {test: 1}\ncpu: 256\nmem: 512\nimage: app:1\n"

BYTES: dict[str, tuple[bytes, str]] = {
    "Latin-1": (
        APP.encode() + "# größer\n".encode("latin-1"),
        "5:5: this is not UTF-8; save the file as UTF-8",
    ),
    "a byte that starts no character": (b"cpu: \xff\n", "1:6: this is not UTF-8; save the file as UTF-8"),
    "a character cut short": (b"cpu: 1 # \xe2\x82", "1:10: this is not UTF-8; save the file as UTF-8"),
    "a surrogate": (b"cpu: \xed\xa0\x80\n", "1:6: this is not UTF-8; save the file as UTF-8"),
    "an overlong slash": (b"cpu: \xc0\xaf\n", "1:6: this is not UTF-8; save the file as UTF-8"),
    "UTF-16": (APP.encode("utf-16"), "1:1: this is not UTF-8; save the file as UTF-8"),
    "UTF-16 without a mark": (APP.encode("utf-16-le"), "1:2: the invisible character U+0000; remove it"),
    "a byte-order mark": (
        APP.encode("utf-8-sig"),
        "1:1: the file starts with a byte-order mark; save it as UTF-8 without one",
    ),
    "a byte-order mark inside": ("cpu: \ufeff1\n".encode(), "1:6: the invisible character U+FEFF; remove it"),
    "a NUL": (b"cpu: 1\x00\n", "1:7: the invisible character U+0000; remove it"),
    "a NUL after two-byte letters": ("# äöü\x00\n".encode(), "1:6: the invisible character U+0000; remove it"),
    "an escape sequence for the terminal": (b"a: \x1b[31m\n", "1:4: the invisible character U+001B; remove it"),
    "a backspace": (b"a: b\x08\n", "1:5: the invisible character U+0008; remove it"),
    "a form feed": (b"a: b\n\x0cc: d\n", "2:1: the invisible character U+000C; remove it"),
    "a deletion": (b"a: b\x7f\n", "1:5: the invisible character U+007F; remove it"),
    "a line separator": ("a: b\u2028c: d\n".encode(), "1:5: the invisible character U+2028; remove it"),
    "text that runs right to left": ("image: \u202eppa\n".encode(), "1:8: the invisible character U+202E; remove it"),
    "the start of a program": (b"\x7fELF\x02\x01\x01\x00", "1:1: the invisible character U+007F; remove it"),
    "the start of a picture": (b"\x89PNG\r\n\x1a\n", "1:1: this is not UTF-8; save the file as UTF-8"),
    "over 1 MiB": (
        APP.encode() + b"#" * 1024 * 1024,
        "1:1: the file is over 1 MiB; a spec is a few lines, so look at what was added",
    ),
    "10 MiB of nothing": (
        b" " * 10 * 1024 * 1024,
        "1:1: the file is over 1 MiB; a spec is a few lines, so look at what was added",
    ),
    "half a MiB of brackets": (b"a: " + b"[" * 512 * 1024, "1:53: nested over 50 deep; flatten it"),
    "half a MiB of dashes": (b"- " * 256 * 1024, "1:101: nested over 50 deep; flatten it"),
    "Windows line ends and a tab": (b"cpu: 1\r\n\tmem: 2\r\n", "2:1: a tab; YAML is indented with spaces"),
}

UNREADABLE: dict[str, str] = {
    "services/bad/service.yml": "a symlink that leaves the tree",
    "services/bad/config.yml": "larger than 1 MiB",
    "services/bad/release.yml": "permission denied",
    "services/bad": "a symlink that leaves the tree",
    "services/bad.old": "permission denied",
    "services/bad/deeper": "permission denied",
}


def errors_of(desired: Desired) -> list[str]:
    return [str(error) for error in desired.errors]


def assert_neighbours_unharmed(desired: Desired) -> None:
    neighbours = [found for found in desired.workloads if found.key.service in {"neighbour", "worker"}]
    assert tuple(neighbours) == UNHARMED
    assert not any(desired.protects(workload.key) for workload in UNHARMED)


def concerned(desired: Desired) -> tuple[set[str], set[str]]:
    """Services and clusters by the paths of the errors."""
    parts = [error.path.split("/")[1:] for error in desired.errors]
    services = {part[1].removesuffix(".yml") for part in parts if part[0] == "services"}
    clusters = {part[1].split(".")[0] for part in parts if part[0] == "clusters"}
    return services, clusters


def test_the_catalogue_has_over_200_refusals() -> None:
    assert len({entry.title for entry in CATALOGUE}) + len(BYTES) + len(UNREADABLE) > 200


@pytest.mark.parametrize("refusal", CATALOGUE, ids=lambda refusal: refusal.title)
def test_a_broken_file_is_refused_with_position_and_advice_and_harms_nobody_else(refusal: Refusal) -> None:
    desired = load_tree(GOOD, refusal.files)

    assert errors_of(desired) == list(refusal.errors)
    assert refusal.errors
    assert_neighbours_unharmed(desired)


@pytest.mark.parametrize("refusal", CATALOGUE, ids=lambda refusal: refusal.title)
def test_a_service_or_cluster_of_a_broken_file_is_left_untouched(refusal: Refusal) -> None:
    desired = load_tree(GOOD, refusal.files)

    services, clusters = concerned(desired)
    for service in services:
        assert all(desired.protects(ServiceKey(cluster, service)) for cluster in ("test", "prod", "gone"))
        assert service not in {found.key.service for found in desired.workloads}
    for cluster in clusters:
        assert desired.protects(ServiceKey(cluster, "any"))
        assert cluster not in desired.clusters


@pytest.mark.parametrize(("content", "error"), BYTES.values(), ids=list(BYTES))
def test_bytes_that_are_no_spec_are_refused_where_they_stand(content: bytes, error: str) -> None:
    desired = load_tree(GOOD, {"services/bad/service.yml": content})

    assert errors_of(desired) == [f"desired/services/bad/service.yml:{error}"]
    assert desired.protects(ServiceKey("prod", "bad"))
    assert_neighbours_unharmed(desired)


@pytest.mark.parametrize(("path", "problem"), UNREADABLE.items(), ids=list(UNREADABLE))
def test_what_could_not_be_read_is_reported_and_protects_its_service(path: str, problem: str) -> None:
    desired = load_with_problem(path, problem)

    assert errors_of(desired) == [
        f"desired/{path}:1:1: cannot be read: {problem}; nothing it may describe is changed until it can"
    ]
    assert desired.protects(ServiceKey("prod", "bad"))
    assert_neighbours_unharmed(desired)


@pytest.mark.parametrize("path", ["", "services", "clusters"])
def test_a_directory_that_could_not_be_read_protects_everything(path: str) -> None:
    desired = load_with_problem(path, "permission denied")

    assert len(desired.errors) == 1
    assert desired.workloads == ()
    assert desired.protects(ServiceKey("prod", "neighbour"))


def test_an_unreadable_cluster_protects_its_services_and_no_error_repeats_it() -> None:
    desired = load_with_problem("clusters/prod.yml", "permission denied", without="clusters/prod.yml")

    assert len(desired.errors) == 1
    assert [str(found.key) for found in desired.workloads] == ["test/neighbour"]
    assert desired.protects(ServiceKey("prod", "neighbour"))
    assert not desired.protects(ServiceKey("test", "neighbour"))


def test_a_file_nobody_reads_is_passed_over() -> None:
    notes: Mapping[str, str | bytes] = {
        "README.md": "# Specs",
        "services/neighbour/README.md": "",
        "services/neighbour/.service.yml.swp": b"\xff",
        ".github/workflows/validate.yml": "on: push",
        "services/neighbour/service.yml.bak": "cpu: [",
    }
    desired = load_tree(GOOD, notes)

    assert desired.errors == ()
    assert desired.workloads == UNHARMED


def test_a_file_with_thousands_of_errors_reports_the_first_and_counts_the_rest() -> None:
    desired = load_tree(GOOD, {"services/bad/service.yml": APP + "".join(f"x{n}: 1\n" for n in range(5000))})

    assert len(desired.errors) == 51
    assert desired.errors[-1].message == "4950 more problems from here on; mend those above first"


def test_a_task_definition_over_64_kib_is_refused_where_it_would_run() -> None:
    config = "default: {A: short}\nprod:\n" + "".join(f"  LARGE_{number}: {'x' * 1000}\n" for number in range(64))
    files = {"services/bad/service.yml": APP.replace("test: 1", "test: 1, prod: 1"), "services/bad/config.yml": config}

    (error,) = errors_of(load_tree(GOOD, files))
    assert error.startswith("desired/services/bad/service.yml:1:22: the task definition has over 64 KiB in `prod`")


def test_a_path_cannot_garble_the_terminal() -> None:
    desired = load_tree(GOOD, {"services/bad\x1b[31m/service.yml": APP})

    assert str(desired.errors[0]).isprintable()


def test_errors_are_in_the_order_of_files_lines_and_columns() -> None:
    desired = load_tree(
        GOOD,
        {"services/zz/service.yml": "cpu: a\nmem: b\n", "services/aa/service.yml": "mem: {}\ncpu: []\n"},
    )

    places = [(error.path, error.line, error.column) for error in desired.errors]
    assert places == sorted(places)
    assert {path for path, _, _ in places} == {"desired/services/aa/service.yml", "desired/services/zz/service.yml"}


def load_with_problem(path: str, problem: str, without: str = "") -> Desired:
    files = [(name, text.encode(), None) for name, text in GOOD.items() if name != without]
    return load([*files, (path, None, problem)], revision="r1")
