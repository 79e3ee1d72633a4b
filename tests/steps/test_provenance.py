"""Who wrote a file is what git says; what git does not know is a gap."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modelops_airflow.spec.project import Project
from modelops_airflow.steps.provenance import Provenance, _mail, provenance_of

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


@pytest.fixture
def keys(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of dana and mallory; git allows both."""
    keys = tmp_path_factory.mktemp("keys")
    for who in ("dana", "mallory"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / who)], check=True)
    allowed = keys / "allowed"
    allowed.write_text("".join(f"{who}@bank.example {(keys / f'{who}.pub').read_text()}" for who in ("dana", "mallory")))
    for name, value in {"gpg.format": "ssh", "user.signingkey": str(keys / "dana"), "gpg.ssh.allowedSignersFile": str(allowed)}.items():
        repository.git("config", name, value)
    return keys


@pytest.mark.usefixtures("keys")
def test_a_commit_with_a_good_signature_proves_its_writer(repository: Repository) -> None:
    repository.commit("dana", "one", sign=True)
    assert repository.told().signed
    repository.commit("dana", "two")
    assert not repository.told().signed


def test_who_signs_under_another_name_proves_nothing_and_is_an_author(repository: Repository, keys: Path) -> None:
    repository.git("config", "user.signingkey", str(keys / "mallory"))
    repository.commit("ghost", "one", sign=True)
    assert repository.git("log", "-1", "--format=%G?") == "G", "the control: to git the signature is good"
    told = repository.told()
    assert (told.signed, told.authors) == (False, ("ghost@bank.example", "mallory@bank.example"))


@pytest.mark.usefixtures("keys")
def test_a_committer_who_signs_vouches_for_the_author(repository: Repository) -> None:
    repository.commit("olaf", "one", committer="dana", sign=True)
    assert repository.told().signed


@pytest.mark.usefixtures("keys")
def test_nothing_written_since_the_last_release_is_nothing_unsigned(repository: Repository) -> None:
    first = repository.commit("dana", "one")
    assert not repository.told().signed
    assert repository.told(first).signed


def test_the_address_of_a_pgp_signer_is_in_angle_brackets() -> None:
    assert _mail("Dana D. <dana@bank.example>") == _mail("dana@bank.example") == "dana@bank.example"
    assert _mail("") == ""


@pytest.mark.parametrize("odd", ["a\tb", "a\rb", "a\u2028b", "a\x1fb"])
def test_an_odd_address_cuts_nothing_off(repository: Repository, odd: str) -> None:
    repository.commit("dana", "one")
    repository.commit(odd, "two", committer="olaf")
    assert repository.told().authors == tuple(sorted(("dana@bank.example", f"{odd}@bank.example", "olaf@bank.example")))


def test_a_shallow_clone_says_that_it_does_not_know_earlier_writers(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    repository.commit("dana", "one")
    repository.commit("olaf", "two")
    for depth, gap in (("1", "the clone is shallow; earlier writers are unknown"), ("9", "")):
        clone = Repository(tmp_path_factory.mktemp("clones"))
        clone.git("pull", "-q", "--depth", depth, f"file://{repository.root}", "main")
        assert clone.told().gap == gap
    (clone.root / ".git" / "shallow").write_text(clone.git("rev-parse", "HEAD") + "\n")
    (clone.root / FILE).write_text("three")
    assert "shallow" in clone.told().gap
    assert "not committed" in clone.told().gap


def test_a_file_that_was_renamed_keeps_its_writers_also_within_a_range(repository: Repository) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    first = repository.commit("dana", text, name="dags/models/old.yaml")
    repository.commit("olaf", text + "more\n", name="dags/models/old.yaml")
    repository.git("mv", "dags/models/old.yaml", FILE)
    repository.commit("rita", text + "more\nand more\n")
    plain = repository.git("log", "--format=%ae", "--", FILE)
    assert plain == "rita@bank.example", "the control: without --follow the rename hides who wrote before"
    assert repository.told().authors == ("dana@bank.example", "olaf@bank.example", "rita@bank.example")
    assert repository.told(first).authors == ("olaf@bank.example", "rita@bank.example")


def test_who_changes_a_file_in_a_merge_is_an_author(repository: Repository) -> None:
    repository.commit("dana", "one\n")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("olaf", "x", name="other.txt")
    repository.git("checkout", "-q", "main")
    repository.commit("dana", "y", name="third.txt")
    repository.git("-c", "user.name=m", "-c", "user.email=m@bank.example", "merge", "-q", "--no-ff", "--no-commit", "side")
    repository.commit("mallory", "evil\n")
    assert repository.git("log", "--follow", "--format=%ae", "--", FILE) == "dana@bank.example", "the control: --follow alone passes over merges"
    assert repository.told().authors == ("dana@bank.example", "mallory@bank.example")
