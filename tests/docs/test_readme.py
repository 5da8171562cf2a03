"""What the README shows can be copied."""

from pathlib import Path

import pytest

from reconciler.settings import load
from reconciler.spec import load as judge
from tests.docs.documents import ROOT, blocks, read

README = read("README.md")
CLUSTERS = sorted((ROOT / "desired" / "clusters").glob("*.yml"))


def test_the_service_shown_is_valid_beside_the_sample_clusters_and_as_long_as_promised() -> None:
    files = {block.splitlines()[0].removeprefix("# "): block for block in blocks(README, "yaml")}
    clusters = [(f"clusters/{path.name}", path.read_bytes(), None) for path in CLUSTERS]

    desired = judge([*clusters, *((path, text.encode(), None) for path, text in files.items())], "r1")

    assert desired.errors == ()
    assert {str(workload.key): workload.version for workload in desired.workloads} == {
        "prod/web": "1.10",
        "test/web": "1.11",
    }
    assert len(files["services/web/service.yml"].splitlines()) <= 11


def test_the_settings_shown_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (settings,) = blocks(README, "toml")
    Path("reconciler.toml").write_text("\n".join(line.strip() for line in settings.splitlines()))

    assert load(None).source.git == "https://git.example/platform/desired.git"
