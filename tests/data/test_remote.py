"""Files of an object store: what a connection gives, and nothing beside it."""

from __future__ import annotations

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.data.dataset import open_dataset
from modelops_airflow.data.remote import Remote
from modelops_airflow.errors import DataError
from modelops_airflow.spec.project import Project

URL = "memory://lake/credit"


@pytest.fixture
def store(tmp_path):
    """A store with two daily partitions, one CSV and something beside them; the same partitions in a folder of a project."""
    system = fsspec.filesystem("memory")
    (tmp_path / "days").mkdir()
    for day in (1, 2):
        pq.write_table(pa.table({"x": list(range(day * 10))}), tmp_path / "days" / f"day-{day}.parquet")
        system.pipe_file(f"/lake/credit/days/day-{day}.parquet", (tmp_path / "days" / f"day-{day}.parquet").read_bytes())
    system.pipe_file("/lake/credit/days/_SUCCESS", b"")
    system.pipe_file("/lake/credit/one.csv", b"x,y\n1,a\n2,b\n")
    system.pipe_file("/lake/credit/odd.xlsx", b"no")
    system.pipe_file("/lake/credit/years/2026/one.csv", b"x\n1\n")
    system.pipe_file("/lake/salaries/all.csv", b"x\n1\n")
    yield system
    system.rm("/lake", recursive=True)


def _open(tmp_path, files, url=URL):
    def url_of(name):
        assert name == "lake"
        return url

    return open_dataset({"files": files, "connection": "lake"}, resolve=Project(tmp_path).resolve, connections=url_of)


@pytest.mark.parametrize(("files", "rows"), [
    ("days", 30), ("days/", 30), ("days/*.parquet", 30), ("days/day-[2].parquet", 20), ("days/day-1.parquet", 10), ("one.csv", 2), ("*.csv", 2),
])
def test_file_folder_and_pattern_of_a_store_are_read(store, tmp_path, files, rows):
    assert _open(tmp_path, files).read().num_rows == rows


def test_files_of_a_store_have_the_digest_of_the_same_files_in_the_project(store, tmp_path):
    here = open_dataset("days", resolve=Project(tmp_path).resolve, connections=lambda _name: "")
    assert _open(tmp_path, "days").digest() == here.digest()
    assert _open(tmp_path, "days/day-1.parquet").digest() != here.digest()


@pytest.mark.parametrize("url", ["file://{}", "local://{}"])
def test_a_mounted_store_is_one_too(store, tmp_path, url):
    assert _open(tmp_path, "days", url.format(tmp_path)).read().num_rows == 30


@pytest.mark.parametrize("files", [
    "../salaries/all.csv", "days/../../salaries/all.csv", "/lake/salaries/all.csv", "memory://lake/salaries/all.csv", "~/all.csv", "..",
    "days\\..\\..\\salaries", "", "one.csv\x00", "%2e%2e/salaries/all.csv", "days/%2E%2e%2F..%2Fsalaries",
])
def test_no_path_leads_out_of_the_store(store, tmp_path, files):
    with pytest.raises(DataError, match=r"is not permitted; expected one below the connection's URL"):
        _open(tmp_path, files)


@pytest.mark.parametrize("files", ["link.csv", "away/all.csv", "away", "*.csv"])
def test_a_link_on_a_disk_leads_nowhere(tmp_path, files):
    for name in ("lake/own.csv", "salaries/all.csv"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x\n1\n")
    (tmp_path / "lake" / "link.csv").symlink_to(tmp_path / "salaries" / "all.csv")
    (tmp_path / "lake" / "away").symlink_to(tmp_path / "salaries")
    with pytest.raises(DataError, match="of connection lake is a link that leads out"):
        _open(tmp_path, files, (tmp_path / "lake").as_uri())
    assert _open(tmp_path, "own.csv", (tmp_path / "lake").as_uri()).read().num_rows == 1, "the control"


@pytest.mark.parametrize(("files", "said"), [
    ("absent.csv", "is not there; expected a file, folder or pattern below the URL of connection lake"),
    ("absent/*.csv", "is not there"),
    ("days/*.csv", "is not there"),
    ("odd.xlsx", r"has files of \['.xlsx'\]; expected all .parquet or all .csv"),
    ("years", r"has folders within it \(2026\), which are not read"),
    ("y*rs/one.csv", "only the last part of a path may be a pattern"),
    ("*", "has folders within it"),
])
def test_what_is_no_data_set_of_a_store_is_refused(store, tmp_path, files, said):
    with pytest.raises(DataError, match=said):
        _open(tmp_path, files)


@pytest.mark.parametrize(("url", "said"), [
    ("/lake/credit", "connection lake has no URL of a store"),
    ("nosuchstore://lake", "connection lake does not give 'one.csv': ValueError: Protocol not known"),
    ("file:///no/such/folder", "is not there"),
])
def test_a_connection_that_leads_nowhere_is_named(store, tmp_path, url, said):
    with pytest.raises(DataError, match=said):
        _open(tmp_path, "one.csv", url)


def test_a_data_set_that_is_opened_twice_is_copied_once_and_again_when_it_changed(store, tmp_path, monkeypatch):
    copied = []
    real = type(store).get_file
    monkeypatch.setattr(type(store), "get_file", lambda self, path, *more, **options: copied.append(path) or real(self, path, *more, **options))
    first = _open(tmp_path, "one.csv").digest()
    assert _open(tmp_path, "one.csv").digest() == first
    assert len(copied) == 1

    store.pipe_file("/lake/credit/one.csv", b"x,y\n9,a\n2,b\n")  # as long as before

    assert _open(tmp_path, "one.csv").digest() != first
    assert len(copied) == 2


def test_a_file_that_comes_in_part_is_an_error(store, tmp_path, monkeypatch):
    def half(self, path, target, **options):
        with open(target, "wb") as file:
            file.write(self.cat_file(path)[:3])

    monkeypatch.setattr(type(store), "get_file", half)
    store.pipe_file("/lake/credit/half.csv", b"x,y\n1,a\n")
    with pytest.raises(DataError, match=r"half\.csv of connection lake has 8 bytes, and 3 came"):
        _open(tmp_path, "half.csv")


def test_a_store_that_refuses_has_not_said_that_nothing_is_there(store, tmp_path, monkeypatch):
    def refused(self, path, **options):
        raise PermissionError("403 Forbidden")

    monkeypatch.setattr(type(store), "info", refused)
    monkeypatch.setattr(type(store), "ls", refused)
    with pytest.raises(DataError, match=r"connection lake does not give 'one\.csv': PermissionError: 403 Forbidden"):
        _open(tmp_path, "one.csv")


def test_where_a_store_tells_no_time_of_a_file_it_is_copied_each_time(store, tmp_path, monkeypatch):
    real = type(store).info
    monkeypatch.setattr(type(store), "info", lambda self, path, **options: {key: value for key, value in real(self, path, **options).items() if key != "created"})
    first = _open(tmp_path, "one.csv").digest()
    store.pipe_file("/lake/credit/one.csv", b"x,y\n7,a\n2,b\n")
    assert _open(tmp_path, "one.csv").digest() != first


def test_what_stands_before_an_at_is_a_log_in_only_with_a_password(monkeypatch):
    given = []
    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda url, **options: given.append((url, options)) or (_ for _ in ()).throw(OSError("no answer")))
    for url in ("abfss://credit@bank.dfs.core.windows.net/2026", "sftp://reader:secret@host/2026"):
        with pytest.raises(DataError):
            Remote("one.csv", "lake", url).copied()
    assert given == [("abfss://credit@bank.dfs.core.windows.net/2026", {}), ("sftp://host/2026", {"username": "reader", "password": "secret"})]


def test_more_than_the_disk_holds_is_refused_before_it_is_copied(store, tmp_path, monkeypatch):
    monkeypatch.setattr("modelops_airflow.data.remote.shutil.disk_usage", lambda _path: type("Usage", (), {"free": 5}))
    store.pipe_file("/lake/credit/large.csv", b"x,y\n1,large\n")
    with pytest.raises(DataError, match=r"0 MB to copy, and .* has 0 MB free; set TMPDIR"):
        _open(tmp_path, "large.csv")


def test_a_log_in_and_options_of_the_url_reach_the_file_system(monkeypatch):
    given = {}

    def url_to_fs(url, **options):
        given.update(url=url, **options)
        raise OSError("no answer")

    monkeypatch.setattr(fsspec.core, "url_to_fs", url_to_fs)
    url = "s3://AKIA:se%2Fcret@bank/credit?endpoint_url=https%3A%2F%2Fminio.bank%3A9000&anon="
    with pytest.raises(DataError, match=r"connection lake does not give 'one\.csv': OSError: no answer") as caught:
        Remote("one.csv", "lake", url).copied()
    assert given == {"url": "s3://bank/credit", "key": "AKIA", "secret": "se/cret", "endpoint_url": "https://minio.bank:9000"}
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("source", [
    {"files": "one.csv"}, {"files": 3, "connection": "lake"}, {"files": "one.csv", "connection": "lake", "sql": "SELECT 1"},
])
def test_a_source_of_another_shape_is_refused(store, tmp_path, source):
    with pytest.raises(DataError, match="expected the texts files and connection, and nothing else"):
        open_dataset(source, resolve=Project(tmp_path).resolve, connections=lambda _name: URL)
