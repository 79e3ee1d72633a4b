"""Who wrote a file is what git says; what git does not know is a gap."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modelops_airflow.spec.project import Project
from modelops_airflow.steps.provenance import Provenance, provenance_of

FILE = "dags/models/first.yaml"


class Repository:
    """A real git repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", "-C", str(self.root), *arguments], check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, who: str, text: str, *, committer: str = "", name: str = FILE, sign: bool = False) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.git("add", name)
        by = committer or who
        self.git("-c", f"user.name={by}", "-c", f"user.email={by}@bank.example", "commit", "-q", "-m", text,
                 *(["-S"] if sign else ["--no-gpg-sign"]), "--author", f"{who} <{who}@bank.example>")
        return self.git("rev-parse", "HEAD")

    def told(self, since: str = "", name: str = FILE) -> Provenance:
        return provenance_of(Project(self.root), [self.root / name], since)[0]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_everybody_who_wrote_or_committed_a_file_is_named(repository: Repository) -> None:
    repository.commit("dana", "one")
    last = repository.commit("olaf", "two", committer="rita")
    repository.commit("vera", "x", name="other.txt")
    told = repository.told()
    assert told.authors == ("dana@bank.example", "olaf@bank.example", "rita@bank.example")
    assert (told.file, told.commit, told.signed, told.gap) == (FILE, last, False, "")


def test_only_commits_since_the_last_release_count(repository: Repository) -> None:
    first = repository.commit("dana", "one")
    assert repository.told(first).authors == ()
    repository.commit("olaf", "two")
    assert repository.told(first).authors == ("olaf@bank.example",)


@pytest.mark.parametrize("since", ["0" * 40, "--output=/tmp/x", "no such commit"])
def test_a_commit_that_git_does_not_know_leaves_nobody_out(repository: Repository, since: str) -> None:
    repository.commit("dana", "one")
    assert repository.told(since).authors == ("dana@bank.example",)


def test_changes_that_nobody_committed_are_a_gap(repository: Repository) -> None:
    repository.commit("dana", "one")
    (repository.root / FILE).write_text("two")
    assert "not committed" in repository.told().gap


def test_a_file_or_a_folder_that_git_does_not_know_is_a_gap(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    repository.commit("dana", "one")
    (repository.root / "new.yaml").write_text("x")
    assert "does not know" in repository.told(name="new.yaml").gap
    outside = tmp_path_factory.mktemp("no-git")
    (outside / "a.yaml").write_text("x")
    told = provenance_of(Project(outside), [outside / "a.yaml"])[0]
    assert (told.authors, told.signed, told.commit) == ((), False, "")
    assert "does not know" in told.gap


def test_a_commit_with_a_good_signature_proves_its_writer(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    keys = tmp_path_factory.mktemp("keys")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / "dana")], check=True)
    allowed = keys / "allowed"
    allowed.write_text(f"dana@bank.example {(keys / 'dana.pub').read_text()}")
    for name, value in {"gpg.format": "ssh", "user.signingkey": str(keys / "dana"), "gpg.ssh.allowedSignersFile": str(allowed)}.items():
        repository.git("config", name, value)
    repository.commit("dana", "one", sign=True)
    assert repository.told().signed
    repository.commit("dana", "two")
    assert not repository.told().signed
