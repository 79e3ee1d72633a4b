"""The mlflow target on a small MLflow: what every target keeps, and a registry that somebody else writes to, lies, or is none."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from contract import LATER, NEW, OLD, Contract, Place, release, shows

from mlflow_stub import answer, stub
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.folder_archive import archive_of, files_of
from modelops_airflow.mlflow_registry import MlflowRegistry
from modelops_airflow.targets import Observation, target_of, where_of, wrong_target
from modelops_airflow.targets.mlflow import Mlflow

MODEL = archive_of([("MLmodel", b"flavors: {}"), ("code/a.txt", b"a"), ("model.skops", b"s")])


@pytest.fixture
def server():
    with stub() as one:
        yield one


def made(server, **options):
    return Mlflow(**{"connection": "registry", "private": True, "connections": lambda _: server.url, **options})


class TestMlflow(Contract):
    @pytest.fixture
    def place(self, server) -> Place:
        def change(model):
            version = server.models[model]["versions"][server.models[model]["aliases"]["champion"]]
            server.files[version["source"].removeprefix("mlflow-artifacts:/") + "/artifact"] = b"changed"

        def spoil(model):
            server.models[model]["tags"]["modelops.champion.garbage"] = "{}"

        return Place(make=lambda: made(server), seams=[(MlflowRegistry, "_write")], spoil=spoil, change=change)


class Trusting(Mlflow):
    """How not to: versions of older deployers stay, so that MLflow lets their alias pass."""

    def _forget(self, *_, **__):
        pass


def test_the_facts_notice_a_target_that_leaves_older_versions(server):
    place = Place(make=lambda: Trusting(connection="r", private=True, connections=lambda _: server.url), seams=[(MlflowRegistry, "_write")], spoil=lambda _: None)
    with pytest.raises(AssertionError):
        Contract().test_an_older_deployer_never_wins_wherever_the_newer_one_comes_between(place)


def test_an_mlflow_model_is_uploaded_as_its_files_and_read_back_as_one(server):
    assert made(server).deploy(release(MODEL)) == shows(MODEL, 1)
    below = [path.partition("/artifacts/model/")[2] for path in server.files]
    assert sorted(below) == ["MLmodel", "code/a.txt", "model.skops"]
    server.files[next(iter(server.files)).replace("MLmodel", "extra")] = b"x"
    assert made(server).observed("credit").artifact not in (None, digest_bytes(MODEL))


def test_a_zip_that_is_not_the_archive_of_its_files_is_kept_as_it_is(server):
    other = MODEL + b"x"
    assert files_of(MODEL) and files_of(other) is None
    assert made(server).deploy(release(other)) == shows(other, 1)
    leaving = archive_of([("../out", b"x"), ("MLmodel", b"x")])
    with pytest.raises(TargetError, match="no name of a file"):
        made(server).deploy(release(leaving, 2))
    assert made(server).observed("credit") == shows(other, 1)


def test_the_tags_say_what_was_approved(server):
    authorised = replace(release(), authorisation={"payload": "x", "signatures": []})
    made(server).deploy(authorised)
    number = server.models["credit"]["aliases"]["champion"]
    assert server.models["credit"]["versions"][number]["tags"] == {
        "modelops.model": "credit", "modelops.alias": "champion", "modelops.epoch": "1", "modelops.artifact": digest_bytes(OLD),
        "modelops.subject": digest_bytes(b"subject"), "modelops.version": "1.0", "modelops.environment": "production",
        "modelops.authorisation": '{"payload":"x","signatures":[]}'}
    assert all(run["info"]["status"] == "FINISHED" for run in server.runs.values())
    made(server).deploy(replace(release(epoch=2), authorisation={"payload": "x" * 6000}))
    assert "modelops.authorisation" not in server.models["credit"]["versions"]["2"]["tags"]


def test_an_alias_that_somebody_moved_shows_the_bytes_of_that_version(server):
    made(server).deploy(release())
    server.add("credit", {"artifact": b"somebody's"}, alias="champion")
    assert made(server).observed("credit") == shows(b"somebody's", 1)
    assert "was not made by a deployment" in made(server).wrong("credit")[0]
    assert made(server).deploy(release(NEW, 2)) == shows(NEW, 2) and made(server).wrong("credit") == ()


def test_an_alias_to_nothing_dangles_and_a_changed_tag_is_wrong(server):
    made(server).deploy(release())
    version = server.models["credit"]["versions"]["1"]
    version["tags"]["modelops.subject"] = "sha256:" + "0" * 64
    assert made(server).observed("credit") == shows(OLD, 1)
    assert made(server).wrong("credit") == ("version 1 of credit: somebody changed the tags modelops.subject",)
    server.files.clear()
    assert made(server).observed("credit") == Observation(None, 1, dangling=True)
    server.models["credit"]["aliases"]["champion"] = "77"
    assert made(server).observed("credit").dangling


def test_a_model_of_somebody_else_is_listed_and_not_ours_until_it_is_deployed(server):
    server.add("stranger", {"artifact": b"x"}, alias="champion")
    server.add("unused", {"artifact": b"x"})
    made(server).deploy(release())
    assert made(server).models() == ["credit", "stranger"]
    assert made(server).observed("stranger") == shows(b"x", 0)
    assert made(server, model="production-{model}").models() == []


def test_two_environments_in_one_registered_model_leave_each_other_alone(server):
    made(server).deploy(release(OLD, 9))
    made(server, alias="challenger").deploy(release(NEW, 1))
    made(server, alias="challenger").deploy(release(LATER, 2))
    assert made(server).observed("credit") == shows(OLD, 9)
    assert made(server, alias="challenger").withdraw("credit", 3) == shows(None, 3)
    assert made(server).observed("credit") == shows(OLD, 9)


def test_a_version_that_is_no_longer_live_is_deleted_and_a_strangers_is_not(server):
    theirs = server.add("credit", {"artifact": b"theirs"})
    for epoch in (1, 2, 3):
        made(server).deploy(release(epoch=epoch))
    assert sorted(server.models["credit"]["versions"]) == [theirs, "4"]


@pytest.mark.parametrize("uri", ["s3://bank/x", "file:///etc", "mlflow-artifacts://elsewhere:5000/0/x", "mlflow-artifacts:/0/../../x", "mlflow-artifacts:/0/%2e%2e/x", "", "runs:/x/y"])
def test_files_are_read_from_this_server_and_its_own_place_alone(server, uri):
    server.add("credit", {"artifact": b"x"}, alias="champion", source=uri or "x")
    with pytest.raises(TargetError, match=r"is not asked|no name of a file"):
        made(server).observed("credit")
    assert not [one for one in server.heard if "/mlflow-artifacts/" in one[1]]


@pytest.mark.parametrize("name", ["..", ".", "../../x", "/etc/passwd", "a\\b", "a%2fb", "", "x\x00"])
def test_a_listing_that_leads_elsewhere_is_refused(server, name):
    server.add("credit", {"artifact": b"x"}, alias="champion")
    server.answers = lambda handler: "artifacts?path" in handler.path and answer(handler, 200, json.dumps({"files": [{"path": name}]}).encode())
    with pytest.raises(TargetError, match="no name of a file or folder"):
        made(server).observed("credit")


def test_folders_without_an_end_and_files_without_one_are_refused(server):
    server.add("credit", {"artifact": b"x"}, alias="champion")
    server.answers = lambda handler: "artifacts?path" in handler.path and answer(handler, 200, b'{"files": [{"path": "a", "is_dir": true}]}')
    with pytest.raises(TargetError, match="more than 16 deep"):
        made(server).observed("credit")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'"x"', b"{}", b'{"registered_model": []}', b'{"registered_model": {"aliases": []}}', b"[" * 50_000,
                                  b'{"registered_model": {"name": "credit", "aliases": [7]}}', b"<html>"])
def test_an_answer_that_is_none_of_mlflow_is_an_error_and_never_nothing_live(server, body):
    server.answers = lambda handler: answer(handler, 200, body)
    with pytest.raises(TargetError):
        made(server).observed("credit")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_status_is_an_error_and_never_nothing_live(server, status):
    server.answers = lambda handler: answer(handler, status, b'{"error_code": "PERMISSION_DENIED", "message": "no\\u001b[31m"}')
    with pytest.raises(TargetError, match=f"answers {status} PERMISSION_DENIED") as caught:
        made(server).observed("credit")
    assert "\x1b" not in str(caught.value)


def test_no_redirect_is_followed_and_the_credentials_are_in_no_message(server):
    url = server.url.replace("http://", "http://user:T0PSECRET@")
    with stub() as canary:
        server.answers = lambda handler: answer(handler, 307, Location=canary.url + handler.path)
        with pytest.raises(TargetError, match="redirects are not followed") as caught:
            made(server, connections=lambda _: url).observed("credit")
        assert canary.heard == [] and "T0PSECRET" not in str(caught.value)


def test_a_token_and_a_password_are_sent_as_mlflow_takes_them(server):
    made(server, connections=lambda _: server.url.replace("//", "//:a%20token@")).observed("credit")
    made(server, connections=lambda _: server.url.replace("//", "//user:pass@")).observed("credit")
    made(server).observed("credit")
    assert list(dict.fromkeys(one[2].get("Authorization") for one in server.heard)) == ["Bearer a token", "Basic dXNlcjpwYXNz", None]


def test_credentials_are_not_sent_in_the_clear_to_the_internet():
    with pytest.raises(TargetError, match="not encrypted"):
        Mlflow(connection="r", connections=lambda _: "http://:token@mlflow.example").observed("credit")


def test_the_options(server):
    target = target_of("mlflow", {"connection": "registry", "private": True}, resolve=lambda text: text, connections=lambda _: server.url)
    assert target.deploy(release()) == shows(OLD, 1)
    assert wrong_target("mlflow", {}) == ["target mlflow lacks the option 'connection'; expected text"]
    assert "expected" in wrong_target("mlflow", {"connection": "r", "timeout": 0})[0]
    assert set(where_of("mlflow", {"connection": "r"})) == {"connection", "model", "alias"}
    for options, told in (({"model": "one"}, "expected a name with {model} in it"), ({"alias": "a b"}, "expected a plain name"), ({"experiment": "../x"}, "plain name"),
                          ({"alias": "v1"}, "keeps 'v1' for itself"), ({"alias": "latest"}, "for itself")):
        with pytest.raises(TargetError, match=re.escape(told)):
            made(server, **options)
