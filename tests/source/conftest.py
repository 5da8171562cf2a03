"""A real repository to push into and a source that reads it, free of the user's own git settings."""

import os
from pathlib import Path

import pytest

from reconciler.source import GitSource

from .developer import Developer, source_of


@pytest.fixture(autouse=True)
def _own_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Developer",
        "GIT_AUTHOR_EMAIL": "developer@test.example",
        "GIT_COMMITTER_NAME": "Developer",
        "GIT_COMMITTER_EMAIL": "developer@test.example",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def developer(tmp_path: Path) -> Developer:
    """A developer who has pushed one service."""
    developer = Developer(tmp_path)
    developer.write("desired/services/httpbin/service.yml", "cpu: 1")
    developer.push()
    return developer


@pytest.fixture
def source(developer: Developer, tmp_path: Path) -> GitSource:
    return source_of(developer.remote.as_uri(), tmp_path)
