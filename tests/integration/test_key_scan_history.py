"""Keys in the history of a repository: by which commit they came, on whatever branch, or on none any more."""

import gzip
import os
import subprocess
from pathlib import Path

import pytest

from alphanest_db.accounts.scanning.model import Scanned
from alphanest_db.accounts.scanning.scan import scan_paths
from alphanest_db.errors import InvalidInput
from tests.conftest import clean_environment

KEYS = [f"ak_{n}aZ3kf9Qx7Lm2Np5Rt8Vw1Yc4Ee6Gh0J" for n in range(10)]
_WHO = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@x",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
}  # fmt: skip


class Repo:
    """A repository to leak keys into."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.seconds = 1_700_000_000
        self("init", "-q", "-b", "main")

    def __call__(self, *arguments: str) -> str:
        self.seconds += 10
        when = {"GIT_AUTHOR_DATE": f"{self.seconds} +0000", "GIT_COMMITTER_DATE": f"{self.seconds} +0000"}
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=clean_environment() | _WHO | when, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str, **files: str | bytes | None) -> str:
        """Commit the files, or without them where they are None; returns the id."""
        for name, content in files.items():
            path = self.folder / name
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def scan(*paths: Path, **environ: str) -> Scanned:
    return scan_paths(paths, clean_environment() | environ, history=True)


def leaks(scanned: Scanned) -> dict[int, tuple[str, int, str | None, bool | None]]:
    """What was found in history, by the number of the key."""
    return {
        KEYS.index(item.key): (item.place, item.line, item.commit, item.is_reachable)
        for item in scanned.found
        if item.is_reachable is not None or item.place.startswith("(")
    }


def test_key_is_told_with_the_commit_that_brought_it_though_it_is_gone_since(repo: Repo) -> None:
    repo.commit("empty")
    brought = repo.commit("config", settings=f"a\nkey={KEYS[0]}\n")
    repo.commit("more", settings=f"a\nb\nkey={KEYS[0]}\n")
    packed = repo.commit("dump", dump=gzip.compress(f"x\n{KEYS[1]}\n".encode()))
    repo.commit("cleaned", settings="a\n", dump=None)
    assert leaks(scan(repo.folder)) == {0: ("settings", 2, brought, True), 1: ("dump", 2, packed, True)}
    repo("gc", "-q")
    assert leaks(scan(repo.folder)) == {0: ("settings", 2, brought, True), 1: ("dump", 2, packed, True)}


def test_every_way_into_a_repository_is_looked_at(repo: Repo) -> None:
    repo.commit("base", shared="1\n")
    repo("checkout", "-q", "-b", "side")
    side = repo.commit("side", side=KEYS[0], shared="2\n")
    message = repo.commit(f"fix the thing with {KEYS[1]}")
    repo("checkout", "-q", "main")
    repo.commit("main", shared="3\n")
    repo("merge", "-q", "-s", "ours", "--no-commit", "side")
    merge = repo.commit("merge", shared=f"merged by hand\n{KEYS[2]}\n")
    repo("tag", "-a", "v1", "-m", f"released with {KEYS[3]}")
    lost = repo.commit("lost", lost=f"\n\n{KEYS[4]}")
    repo("reset", "-q", "--hard", "HEAD~1")
    (repo.folder / "work").write_text(KEYS[6])
    repo("stash", "-q", "--include-untracked")
    (repo.folder / "staged").write_text(KEYS[5])
    repo("add", "staged")
    scanned = scan(repo.folder)
    by_key = leaks(scanned)
    assert by_key[0] == ("side", 1, side, True)
    assert by_key[1] == ("(commit message)", 1, message, True)
    assert by_key[2] == ("shared", 2, merge, True)
    assert by_key[3][:2] == ("(message of a tag)", 1)
    assert by_key[4] == ("lost", 3, lost, True)  # the reflog knows it
    assert by_key[5] == ("(in no commit)", 1, None, None)
    assert by_key[6][0] == "work"
    repo("reflog", "expire", "--expire=now", "--all")
    assert leaks(scan(repo.folder))[4] == ("lost", 3, lost, False)


def test_names_of_files_are_told_as_they_are(repo: Repo) -> None:
    name = os.fsdecode(b"\xff\n\t\xc3\xa4 \"'")
    commit = repo.commit("odd", **{name: KEYS[0]})
    assert leaks(scan(repo.folder)) == {0: (name, 1, commit, True)}


def test_repository_is_found_from_within_and_looked_at_once(repo: Repo, tmp_path: Path) -> None:
    commit = repo.commit("one", a=KEYS[0])
    (repo.folder / "deep").mkdir()
    bare = tmp_path / "bare.git"
    repo("clone", "-q", "--bare", ".", str(bare))
    from_within = scan(repo.folder / "deep", repo.folder / "a")
    assert leaks(from_within) == {0: ("a", 1, commit, True)}
    assert [item.place for item in from_within.found] == [str(repo.folder / "a"), "a"]
    both = scan(repo.folder / "deep", bare)
    assert sorted(item.place for item in both.found) == sorted([f"{bare}: a", f"{repo.folder}/.git: a"])


def test_shallow_clone_says_that_it_is_not_whole(repo: Repo, tmp_path: Path) -> None:
    repo.commit("one", a=KEYS[0])
    repo.commit("two", a="clean")
    repo("clone", "-q", "--depth=1", f"file://{repo.folder}", str(tmp_path / "shallow"))
    scanned = scan(tmp_path / "shallow")
    assert scanned.found == ()
    assert scanned.looked_at.notes == (f"{tmp_path}/shallow/.git is a shallow clone: its history is not whole",)


def test_nothing_in_a_repository_runs_a_program(repo: Repo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    repo.commit("one", a=KEYS[0], **{".gitattributes": "* diff=evil filter=evil\n"})
    for setting in (
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.smudge",
        "core.fsmonitor",
        "diff.external",
        "core.pager",
    ):
        repo("config", setting, f"touch {ran};")
    (repo.folder / "a").write_text("changed")
    assert len(leaks(scan(repo.folder))) == 1
    assert not ran.exists()


def test_hook_s_variables_lead_nowhere_else(repo: Repo, tmp_path: Path) -> None:
    commit = repo.commit("one", a=KEYS[0])
    other = Repo(tmp_path / "other")
    steered = scan(repo.folder, GIT_DIR=str(other.folder / ".git"), GIT_WORK_TREE=str(other.folder), GIT_INDEX_FILE="x")
    assert leaks(steered) == {0: ("a", 1, commit, True)}


def test_damaged_repository_is_told_and_the_rest_is_looked_at(repo: Repo) -> None:
    repo.commit("one", a=KEYS[0])
    repo.commit("two", b="b" * 10_000)
    victim = repo("rev-parse", "HEAD:b")
    loose = repo.folder / ".git" / "objects" / victim[:2] / victim[2:]
    loose.chmod(0o644)
    loose.write_bytes(loose.read_bytes()[:12])
    scanned = scan(repo.folder)
    assert str(repo.folder / "a") in [item.place for item in scanned.found]
    assert len(leaks(scanned)) == 1
    assert [item.place for item in scanned.looked_at.skipped] == [victim]


def test_folder_without_a_repository_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is in no git repository"):
        scan(tmp_path)


def test_empty_repository_holds_nothing(repo: Repo) -> None:
    assert (scan(repo.folder).found, scan(repo.folder).looked_at.skipped) == ((), ())
