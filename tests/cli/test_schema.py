"""`reconciler schema`: what an editor needs to help with each kind of file."""

import json

import pytest

from tests.cli.shell import Shell


@pytest.mark.parametrize(
    ("kind", "field"),
    [("service", "instances"), ("cluster", "load_balancers"), ("release", "default"), ("config", "default")],
)
def test_each_kind_of_file_has_a_json_schema(shell: Shell, kind: str, field: str) -> None:
    done = shell.run("schema", kind)

    assert done.exit_code == 0
    assert field in json.dumps(json.loads(done.stdout))


def test_an_unknown_kind_is_refused_with_those_there_are(shell: Shell) -> None:
    done = shell.run("schema", "pod")

    assert done.exit_code == 2
    assert "'service', 'cluster', 'release', 'config'" in done.stderr
