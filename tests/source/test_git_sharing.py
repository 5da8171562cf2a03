"""Operators and commands on one machine share a mirror."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .developer import Developer, source_of
from .watching import PATIENCE_SECONDS


def test_readers_that_share_a_cache_do_not_disturb_each_other_while_pushes_arrive(
    developer: Developer, tmp_path: Path
) -> None:
    url = developer.remote.as_uri()

    def read_often() -> list[str]:
        source = source_of(url, tmp_path)
        return [source.read().revision for _ in range(5)]

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read_often) for _ in range(3)]
        commits = [developer.push() for _ in range(3)]
        read = {revision for reader in readers for revision in reader.result(PATIENCE_SECONDS)}

    assert read
    assert source_of(url, tmp_path).read().revision == commits[-1]
