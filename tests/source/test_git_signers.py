"""Commits whose signatures are asked for: real keys, real signatures, a real repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.source import GitSource, Signers, SourceError

from .developer import POLL_SECONDS, Developer, mirror_of


@pytest.fixture
def signing(developer: Developer, tmp_path: Path) -> Developer:
    """The developer, who signs each commit from now on, and whom `tmp_path/signers` allows to."""
    allow(tmp_path, key_of(developer, "alice"))
    developer.git("config", "gpg.format", "ssh")
    sign_as(developer, "alice")
    return developer


def key_of(developer: Developer, name: str) -> str:
    """Make a key; gives its public half."""
    key = developer.clone.parent / name
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key), check=True)
    return key.with_suffix(".pub").read_text()


def sign_as(developer: Developer, name: str) -> None:
    developer.git("config", "user.signingKey", developer.clone.parent / f"{name}.pub")
    developer.git("config", "commit.gpgSign", "true")


def allow(tmp_path: Path, *keys: str) -> None:
    (tmp_path / "signers").write_text("".join(f'*@test.example namespaces="git" {key}' for key in keys))


def asking(developer: Developer, tmp_path: Path, since: str | None = None) -> GitSource:
    """A source that asks for signatures."""
    signers = Signers(tmp_path / "signers", since)
    remote = developer.remote.as_uri()
    return GitSource(remote, "main", "desired", POLL_SECONDS, tmp_path / "cache", signers=signers)


def push_signed_by_hand(developer: Developer, signature: str) -> str:
    """Push a commit with such a signature; gives the commit."""
    developer.git("commit", "--quiet", "--no-gpg-sign", "--allow-empty", "--message=Forged")
    text = developer.git("cat-file", "commit", "HEAD").replace("\n\n", f"\ngpgsig {signature}\n\n", 1)
    commit = developer.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    developer.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/main")
    return commit


def refusal(source: GitSource) -> str:
    with pytest.raises(SourceError) as raised:
        source.read()
    return str(raised.value)


def test_commits_that_an_allowed_signer_has_signed_are_read(signing: Developer, tmp_path: Path) -> None:
    since = signing.git("rev-parse", "HEAD")
    signing.push()
    commit = signing.push()

    assert asking(signing, tmp_path, since[:7]).read().revision == commit


def test_a_commit_without_a_signature_is_refused_by_name_though_a_signed_one_follows(
    signing: Developer, tmp_path: Path
) -> None:
    since = signing.git("rev-parse", "HEAD")
    signing.git("config", "commit.gpgSign", "false")
    unsigned = signing.push()
    signing.git("config", "commit.gpgSign", "true")
    signing.push()

    assert refusal(asking(signing, tmp_path, since)) == (
        f"commit {unsigned[:12]} is not signed: have it signed by one of source.signers and pushed again; "
        "or vouch for it and what led to it, with source.signed_since"
    )


def test_a_commit_that_somebody_else_has_signed_is_refused(signing: Developer, tmp_path: Path) -> None:
    since = signing.git("rev-parse", "HEAD")
    key_of(signing, "mallory")
    sign_as(signing, "mallory")
    commit = signing.push()

    assert f"commit {commit[:12]} is signed by nobody in {tmp_path}/signers" in refusal(
        asking(signing, tmp_path, since)
    )


def test_a_commit_that_was_changed_after_it_was_signed_is_refused(signing: Developer, tmp_path: Path) -> None:
    since = signing.git("rev-parse", "HEAD")
    signing.push()
    signed = signing.git("cat-file", "commit", "HEAD")
    forged = signing.git(
        *("hash-object", "-t", "commit", "-w", "--stdin"), stdin=signed.replace("A change", "Another").encode()
    )
    signing.git("push", "--quiet", "--force", "origin", f"{forged}:refs/heads/main")

    assert f"commit {forged[:12]} has a bad signature" in refusal(asking(signing, tmp_path, since))


@pytest.mark.parametrize("signature", ["", "made by myself"])
def test_a_signature_of_no_kind_that_git_knows_is_refused_by_name(
    signing: Developer, tmp_path: Path, signature: str
) -> None:
    since = signing.git("rev-parse", "HEAD")
    commit = push_signed_by_hand(signing, signature)

    assert refusal(asking(signing, tmp_path, since)) == (
        f"commit {commit[:12]} has a malformed signature: have it signed by one of source.signers and pushed again; "
        "or vouch for it and what led to it, with source.signed_since"
    )


def test_a_signature_that_no_program_is_there_to_check_is_refused_and_says_which_is_missing(
    signing: Developer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = signing.git("rev-parse", "HEAD")
    commit = push_signed_by_hand(signing, "-----BEGIN PGP SIGNATURE-----")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(programs))

    assert (
        f"commit {commit[:12]} has a signature that can't be checked, because gpg is not installed here: "
    ) in refusal(asking(signing, tmp_path, since))


def test_an_unsigned_commit_on_a_side_branch_is_refused_though_its_merge_is_signed(
    signing: Developer, tmp_path: Path
) -> None:
    since = signing.git("rev-parse", "HEAD")
    signing.git("checkout", "--quiet", "-b", "side")
    signing.git("commit", "--quiet", "--no-gpg-sign", "--allow-empty", "--message=On the side")
    side = signing.git("rev-parse", "HEAD")
    signing.git("checkout", "--quiet", "main")
    signing.push()
    signing.git("merge", "--quiet", "--no-ff", "--message=Merge", "side")
    signing.push()

    assert f"commit {side[:12]} is not signed" in refusal(asking(signing, tmp_path, since))


def test_without_a_commit_to_begin_after_every_commit_must_be_signed(signing: Developer, tmp_path: Path) -> None:
    first = signing.git("rev-parse", "HEAD")
    signing.push()

    assert f"commit {first[:12]} is not signed" in refusal(asking(signing, tmp_path))


def test_a_history_without_the_commit_that_people_vouch_for_is_refused(signing: Developer, tmp_path: Path) -> None:
    since = signing.push()
    signing.git("reset", "--quiet", "--hard", "HEAD~")
    signing.write("desired/services/httpbin/service.yml", "cpu: 2")
    commit = signing.push("--force")

    assert f"commit {commit[:12]} does not descend from source.signed_since {since}" in refusal(
        asking(signing, tmp_path, since)
    )


def test_what_is_refused_is_refused_again_and_what_repairs_it_is_read(signing: Developer, tmp_path: Path) -> None:
    since = signing.git("rev-parse", "HEAD")
    source = asking(signing, tmp_path, since)
    signing.git("config", "commit.gpgSign", "false")
    unsigned = signing.push()
    assert refusal(source) == refusal(source)

    signing.git("config", "commit.gpgSign", "true")
    signing.git("reset", "--quiet", "--hard", f"{unsigned}~")
    commit = signing.push("--force")

    assert source.read().revision == commit


def test_who_is_no_longer_allowed_is_refused_though_the_commits_were_read_before(
    signing: Developer, tmp_path: Path
) -> None:
    since = signing.git("rev-parse", "HEAD")
    signing.push()
    assert asking(signing, tmp_path, since).read()

    allow(tmp_path, key_of(signing, "bob"))

    assert "is signed by nobody in" in refusal(asking(signing, tmp_path, since))


def test_what_was_judged_is_not_judged_anew(signing: Developer, tmp_path: Path) -> None:
    since, commit = signing.git("rev-parse", "HEAD"), signing.push()
    source = asking(signing, tmp_path, since)
    source.read()

    marked = signing.git("for-each-ref", "--format=%(objectname)", "refs/reconciler/signed-*", cwd=mirror_of(tmp_path))

    assert marked == commit


def test_whoever_may_sign_no_more_is_refused_though_his_commit_is_dated_to_when_he_might(
    signing: Developer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = signing.git("rev-parse", "HEAD")
    expired = (tmp_path / "signers").read_text().replace('"git"', '"git",valid-before="20200101Z"')
    (tmp_path / "signers").write_text(expired)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2019-06-01T00:00:00Z")
    commit = signing.push()

    assert refusal(asking(signing, tmp_path, since)) == (
        f"commit {commit[:12]} is dated more than a day before {since[:12]}, which led to it: commit it again with "
        "today's date; or vouch for it and what led to it, with source.signed_since"
    )


def test_a_commit_counts_again_once_people_vouch_for_what_was_dated_wrongly_before_it(
    signing: Developer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2099-01-01T00:00:00Z")
    signing.push()
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T00:00:00Z")
    vouched = signing.push()
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-01T06:00:00Z")
    commit = signing.push()

    assert asking(signing, tmp_path, vouched).read().revision == commit


def test_a_file_of_signers_that_is_not_there_is_an_error_and_nothing_is_read(
    signing: Developer, tmp_path: Path
) -> None:
    (tmp_path / "signers").unlink()

    assert refusal(asking(signing, tmp_path)) == (
        f"cannot read source.signers {tmp_path}/signers: No such file or directory"
    )
