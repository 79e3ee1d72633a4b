"""The KServe target against an API server of this machine; tests/targets/kube_api.py says what that is."""

from __future__ import annotations

import copy
import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract import NEW, OLD, Contract, Killed, Place, at_write, release, shows
from kube_api import MAPS, REVISIONS, SERVICES, TOKEN, Api, Controller, certificate, refusal, serving
from kube_real import SERVER, Real

from modelops_airflow.connections import no_connections
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import (
    Observation,
    cluster,
    kubernetes,
    longest_of,
    rollout,
    target_of,
    wrong_target,
)
from modelops_airflow.targets.inference_service import applied, is_reserved, reservation
from modelops_airflow.targets.kserve import KServe
from modelops_airflow.targets.own_folder import OwnFolder
from modelops_airflow.targets.rollout import Rollout

OPTIONS = {"namespace": "models", "format": "sklearn", "storage": "pvc://models/production", "file": "model.joblib"}


@dataclass
class World:
    """Attributes:
    send: an administrator's request: method, path, body -> status and answer.
    api: the server, where it is the one of this machine.
    url: of the connection.
    """

    send: Callable[..., tuple[int, dict[str, Any]]]
    api: Api | None
    controller: Controller
    path: Path
    url: str

    def made(self, **options):
        return KServe(**{**OPTIONS, "path": self.path, "connection": "cluster", "private": True, "connections": lambda name: self.url, **options})

    def service(self, name="credit"):
        status, found = self.send("GET", f"{SERVICES}/{name}")
        return found if status == 200 else None

    def record(self, name="credit"):
        return json.loads(self.send("GET", f"{MAPS}/modelops-{name}")[1]["data"]["record"])

    def edit(self, change, name="credit", manager="kubectl-edit"):
        """What somebody with kubectl does."""
        for _ in range(50):  # the controller writes too
            found = self.service(name)
            change(found)
            status, told = self.send("PUT", f"{SERVICES}/{name}?fieldManager={manager}", found)
            if status != 409:
                break
        assert status == 200, told
        self.settled(name)

    def settled(self, name="credit"):
        """The controller has seen the latest."""
        until = time.monotonic() + 20
        while (found := self.service(name)) is not None and found.get("status") != self.controller.status(found) and time.monotonic() < until:
            time.sleep(0.01)

    def file(self, data):
        return self.path / "artifacts" / digest_bytes(data).removeprefix("sha256:") / "model.joblib"

    def uri(self, data):
        return f"pvc://models/production/artifacts/{digest_bytes(data).removeprefix('sha256:')}"


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def real(tmp_path_factory, authority):
    if SERVER is None:
        yield None
        return
    one = Real(tmp_path_factory.mktemp("real"), *authority)
    try:
        one.prepare()
        yield one
    finally:
        one.end()


@pytest.fixture
def world(tmp_path, monkeypatch, authority, real):
    controller = Controller()
    monkeypatch.setattr(rollout, "PAUSE", 0.001 if real is None else 0.02)
    if real is not None:
        real.clear()
        with real.controlled(controller):
            yield World(real.ask, None, controller, tmp_path / "volume", f"https://:{TOKEN}@127.0.0.1:{real.port}/?ca={authority[0]}")
        return
    api = Api(controller)
    with serving(api, *authority) as where:
        yield World(api.ask, api, controller, tmp_path / "volume", f"https://:{TOKEN}@{where}/?ca={authority[0]}")


@pytest.fixture
def own(world):
    """The server of this machine, where a test makes it misbehave."""
    if world.api is None:
        pytest.skip("a real API server does not misbehave")
    return world


class Writes:
    """Every request that changes something."""

    @staticmethod
    def write(call, *arguments, **named):
        return call(*arguments, **named)


def seams(monkeypatch):
    real = kubernetes.ask
    monkeypatch.setattr(kubernetes, "ask", lambda method, *rest, **named: real(method, *rest, **named) if method == "GET" else Writes.write(real, method, *rest, **named))
    return [(Writes, "write"), (OwnFolder, "write")]


class TestKServe(Contract):
    @pytest.fixture
    def place(self, world, monkeypatch) -> Place:
        def change(model):
            world.file(OLD).chmod(0o644)
            world.file(OLD).write_bytes(b"changed")

        def spoil(model):
            world.edit(lambda found: found["metadata"].update(annotations={}), model)

        return Place(make=world.made, seams=seams(monkeypatch), spoil=spoil, change=change)


def owned(found):
    """Who owns fields of the specification."""
    return {one["manager"] for one in found["metadata"]["managedFields"] if "f:spec" in one["fieldsV1"]}


def test_the_server_has_applied_what_the_options_give_and_we_alone_own_it(world):
    world.made(runtime="kserve-sklearnserver", protocol="v2", account="models", replicas=2, requests={"cpu": "1"}).deploy(release())
    found = world.service()
    notes = {key: one for key, one in found["metadata"]["annotations"].items() if key.startswith("modelops/")}
    assert notes == {"modelops/model": "credit", "modelops/artifact": digest_bytes(OLD), "modelops/epoch": "1", "modelops/subject": digest_bytes(b"subject"),
                     "modelops/version": "1.0"}
    assert found["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Serverless"
    assert found["spec"] == {"predictor": {"serviceAccountName": "models", "minReplicas": 2, "model": {
        "modelFormat": {"name": "sklearn"}, "runtime": "kserve-sklearnserver", "protocolVersion": "v2", "resources": {"requests": {"cpu": "1"}}, "storageUri": world.uri(OLD)}}}
    assert owned(found) - {"modelops-reserve"} == {"modelops"}, "the reservation has the maps around at most"
    assert world.file(OLD).read_bytes() == OLD and world.file(OLD).stat().st_mode & 0o777 == 0o444
    world.made().deploy(release(NEW, 2))
    predictor = world.service()["spec"]["predictor"]
    predictor["model"].pop("resources", None)  # of a map that was applied the empty map may stay
    assert predictor == {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": world.uri(NEW)}}, "what is not applied any more is gone"


def test_a_stop_deletes_it_and_keeps_the_epoch(world):
    world.made().deploy(release(OLD, 4))
    assert world.made().withdraw("credit", 5) == shows(None, 5)
    assert world.service() is None and world.file(OLD).exists()
    assert (world.record()["epoch"], world.record()["stop"]) == (5, True)
    with pytest.raises(TargetError, match="epoch 5 of credit, the target has seen 5"):
        world.made()._publish(release(NEW, 5))
    assert world.made().deploy(release(NEW, 6)) == shows(NEW, 6)


def overtaken(world, place, meanwhile):
    """An older deployer, with something newer at each of its writes; answers what is seen after each."""
    seen = []
    for number in range(1, 30):
        model = f"credit-{number}"
        with at_write(place, number, lambda model=model: meanwhile(model)) as calls, suppress(TargetError):
            world.made().deploy(release(NEW, 2, model=model))
        if len(calls) < number:
            return seen
        seen.append(world.made().observed(model))
    return None


@pytest.mark.parametrize("epoch", [2, 3])
def test_a_deployer_never_undoes_a_stop_wherever_it_comes_between(world, monkeypatch, epoch):
    place = Place(make=world.made, seams=seams(monkeypatch), spoil=lambda model: None)
    seen = overtaken(world, place, lambda model: world.made().withdraw(model, epoch))
    assert len(seen) >= 5 and set(seen) == {shows(None, epoch)}


def test_without_versions_on_its_writes_it_would(world, monkeypatch):
    """The control: an apply that names no object makes one, and one that names no version writes over a newer one."""
    def careless(upon, *rest):
        made = applied(upon, *rest)
        del made["metadata"]["uid"], made["metadata"]["resourceVersion"]
        return made

    monkeypatch.setattr(rollout, "applied", careless)
    place = Place(make=world.made, seams=seams(monkeypatch), spoil=lambda model: None)
    assert any(seen.epoch == 2 for seen in overtaken(world, place, lambda model: world.made().withdraw(model, 3))), "it runs after the stop"


def test_of_deployers_at_once_the_highest_epoch_is_live(world):
    made, start = {}, threading.Barrier(5)

    def deploy(epoch):
        start.wait()
        try:
            made[epoch] = world.made().deploy(release(b"model %d" % epoch, epoch))
        except TargetError as error:
            made[epoch] = str(error)

    threads = [threading.Thread(target=deploy, args=(epoch,)) for epoch in range(1, 6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert made[5] == world.made().observed("credit") == shows(b"model 5", 5)
    assert all(isinstance(made[epoch], Observation) or "stale" in made[epoch] or "nothing is marked live" in made[epoch] for epoch in range(1, 5)), made


def test_a_version_that_is_not_ready_in_time_is_undone_and_the_reason_told(world):
    world.made().deploy(release(OLD, 1))
    world.controller.fails.add(world.uri(NEW))
    with pytest.raises(TargetError, match=r"PredictorReady is False RevisionFailed the container crashed.*version 1\.0 is back"):
        world.made(wait=0).deploy(release(NEW, 2))
    assert world.made().observed("credit") == shows(OLD, 1) and world.made().wrong("credit") == ()
    assert world.service()["spec"]["predictor"]["model"]["storageUri"] == world.uri(OLD)
    assert world.record()["epoch"] == 2, "the fence does not go back"
    with pytest.raises(TargetError, match="stale"):
        world.made().deploy(release(OLD, 1))
    world.controller.fails.clear()
    assert world.made().deploy(release(NEW, 2)) == shows(NEW, 2)


def test_a_first_version_that_is_not_ready_in_time_is_taken_away(world):
    world.controller.fails.add(world.uri(OLD))
    with pytest.raises(TargetError, match="nothing was there before, and it was taken away"):
        world.made(wait=0).deploy(release())
    assert world.made().observed("credit") == shows(None, 1)
    until = time.monotonic() + 20
    while world.service() is not None and time.monotonic() < until:  # until the garbage collector was there
        time.sleep(0.01)
    assert world.service() is None


def test_a_format_that_no_runtime_serves_is_told(world):
    with pytest.raises(TargetError, match="NoSupportingRuntime: No runtime found"):
        world.made(wait=0, format="fortran").deploy(release())


def test_a_canary_goes_in_steps_and_is_not_live_before_the_last(world, monkeypatch):
    world.made().deploy(release(OLD, 1))
    shares, shown, watched = [], [], Rollout._watched

    def watch(one, *rest):
        shares.append(sorted(world.service()["status"]["components"]["predictor"]["traffic"], key=lambda share: share["revisionName"]))
        shown.append((world.made().observed("credit"), world.made().wrong("credit")))
        return watched(one, *rest)

    monkeypatch.setattr(Rollout, "_watched", watch)
    assert world.made(canary=[10, 50], bake=0).deploy(release(NEW, 2)) == shows(NEW, 2)
    assert [[share["percent"] for share in one] for one in shares] == [[90, 10], [50, 50]]
    assert all(seen == shows(OLD, 1) and "version 2.0 (epoch 2) is not rolled out: " in told[0] for seen, told in shown)
    assert "credit-predictor-00001 90 %, credit-predictor-00002 10 %" in shown[0][1][0]
    assert "canaryTrafficPercent" not in world.service()["spec"]["predictor"] and world.made().wrong("credit") == ()


def test_what_is_to_come_back_at_once_goes_through_no_step(world, monkeypatch):
    world.made().deploy(release(OLD, 1))
    shares, write = [], Rollout._write

    def see(one, *rest):
        write(one, *rest)
        shares.append(world.service()["spec"]["predictor"].get("canaryTrafficPercent", 100))

    monkeypatch.setattr(Rollout, "_write", see)
    steps = world.made(canary=[10, 50], bake=0)
    assert steps.deploy(release(NEW, 2)) == shows(NEW, 2) and shares == [10, 50, 100], "the control"
    shares.clear()
    assert steps.deploy(replace(release(OLD, 3), at_once=True)) == shows(OLD, 3) and shares == [100]


@pytest.mark.parametrize(("options", "minutes"), [
    ({}, 30), ({"wait": 120}, 360), ({"canary": [10, 50], "bake": 3600, "wait": 20}, 2 * (20 + 60) + 60),
])
def test_a_rollout_may_take_every_step_and_the_way_back(options, minutes):
    assert longest_of("kserve", {**OPTIONS, "path": "models", **options}) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("name", "options"), [("kserve", {"wait": "soon"}), ("nobodys", {}), ("folder", {"path": "live"})])
def test_a_place_that_nobody_knows_or_that_waits_for_nothing_takes_no_time(name, options):
    assert longest_of(name, options) == timedelta(0)


def test_a_canary_that_breaks_is_undone_and_gets_no_request_meanwhile(world, monkeypatch):
    world.made().deploy(release(OLD, 1))
    traffic, write, watched = [], Rollout._write, Rollout._watched

    def break_(one, *rest):
        world.controller.fails.add(world.uri(NEW))
        world.edit(lambda found: found["metadata"].setdefault("labels", {}).update(broken="yes"))
        return watched(one, *rest)

    def see(one, *rest):
        write(one, *rest)
        world.settled()
        traffic.append({share["revisionName"][-1]: share["percent"] for share in world.service()["status"]["components"]["predictor"]["traffic"]})

    monkeypatch.setattr(Rollout, "_watched", break_)
    monkeypatch.setattr(Rollout, "_write", see)
    with pytest.raises(TargetError, match=r"10 % of the requests\): it did not stay ready: .*version 1\.0 is back"):
        world.made(canary=[10], bake=60).deploy(release(NEW, 2))
    assert traffic == [{"2": 10, "1": 90}, {"3": 0, "1": 100}, {"3": 100}]
    assert world.made().observed("credit") == shows(OLD, 1)


def test_a_canary_whose_deployer_was_killed_is_still_the_former(world, monkeypatch):
    world.made().deploy(release(OLD, 1))
    with monkeypatch.context() as dying:
        dying.setattr(Rollout, "_watched", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            world.made(canary=[10]).deploy(release(NEW, 2))
    assert world.made().observed("credit") == shows(OLD, 1) and world.made().wrong("credit") != ()
    assert world.made(canary=[10], bake=0).deploy(release(NEW, 2)) == shows(NEW, 2)


@pytest.mark.parametrize(("change", "reserved"), [
    (lambda spec: None, True),
    (lambda spec: spec["predictor"]["model"].update(name="", resources={"limits": {"cpu": "1"}}, protocolVersion="v1"), True),
    (lambda spec: spec["predictor"].update(automountServiceAccountToken=False), True),
    (lambda spec: spec["predictor"]["model"].update(runtime="theirs"), False),
    (lambda spec: spec["predictor"]["model"].update(storageUri="pvc://theirs"), False),
    (lambda spec: spec["predictor"]["model"]["modelFormat"].update(version="2"), False),
    (lambda spec: spec["predictor"].update(containers=[{"image": "theirs"}]), False),
    (lambda spec: spec.update(transformer={"containers": [{"image": "theirs"}]}), False),
    (lambda spec: spec.update(predictor=[]), False),
    (lambda spec: spec["predictor"].pop("model"), False),
])
def test_reserved_is_what_runs_nothing_and_not_what_names_our_format(change, reserved):
    made = copy.deepcopy(reservation("credit", "models", "onnx"))
    change(made["spec"])
    assert is_reserved(made) is reserved


def test_a_model_that_was_dropped_by_hand_is_named(world, monkeypatch):
    monkeypatch.setattr(kubernetes, "PAGE", 2)
    world.made().deploy(release())
    for name in ("theirs-1", "theirs-2", "theirs-3"):
        body = {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": {"name": name},
                "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "pvc://theirs"}}}}
        assert world.send("POST", SERVICES, body)[0] == 201
    assert world.send("POST", SERVICES, reservation("reserved", "models", "onnx"))[0] == 201
    hidden = reservation("hidden", "models", "onnx")
    hidden["spec"]["predictor"]["model"].update(runtime="theirs", storageUri="pvc://theirs")
    assert world.send("POST", SERVICES, hidden)[0] == 201
    assert world.made().models() == ["credit", "hidden", "theirs-1", "theirs-2", "theirs-3"]
    assert world.made(name="theirs-{model}").models() == ["1", "2", "3"]
    with pytest.raises(TargetError, match="the InferenceService of theirs-1 was not deployed here"):
        world.made().withdraw("theirs-1", 9)
    assert world.service("theirs-1") is not None


@pytest.mark.parametrize(("change", "told"), [
    (lambda found: found["spec"]["predictor"]["model"].update(storageUri="pvc://theirs"), "storageUri is pvc://theirs, expected pvc://models/production/artifacts/"),
    (lambda found: found["spec"]["predictor"]["model"].update(args=["--model_dir=/theirs"]), "args is ['--model_dir=/theirs'], expected none"),
    (lambda found: found["spec"]["predictor"]["model"].update(runtime="theirs"), "runtime is theirs, expected none"),
    (lambda found: found["spec"].update(transformer={"containers": [{"image": "theirs"}]}), "spec.transformer is there"),
    (lambda found: found["metadata"]["annotations"].update({"modelops/artifact": digest_bytes(NEW)}), "kubectl-edit wrote to it"),
    (lambda found: found["metadata"]["annotations"].update({"modelops/epoch": "99"}), "kubectl-edit wrote to it"),
])
def test_what_somebody_else_wrote_into_it_shows_and_is_not_taken_over(world, change, told):
    world.made().deploy(release())
    world.edit(change)
    seen = world.made().observed("credit")
    assert seen.artifact is None and seen.dangling
    assert any(told in one for one in world.made().wrong("credit"))
    with pytest.raises(TargetError, match="belong to kubectl-edit, and are not taken"):
        world.made().deploy(release(NEW, 100))
    assert world.made().withdraw("credit", 101) == shows(None, 101)


def test_what_somebody_wrote_in_our_name_shows_too(world):
    world.made().deploy(release())
    world.edit(lambda found: found["spec"]["predictor"]["model"].update(storageUri="pvc://theirs"), manager="modelops")
    assert world.made().observed("credit").dangling
    assert world.made().deploy(release(OLD, 2)) == shows(OLD, 2)


def test_what_kserve_itself_adds_is_no_finding(world):
    world.made().deploy(release())
    world.edit(lambda found: found["spec"]["predictor"]["model"].update(name="", resources={"limits": {"cpu": "1"}}), manager="modelops")
    assert world.made().observed("credit") == shows(OLD, 1) and world.made().wrong("credit") == ()


def test_a_service_that_stops_being_ready_shows_nothing_live(world):
    world.made().deploy(release())
    world.controller.fails.add(world.uri(OLD))
    world.edit(lambda found: found["metadata"]["labels"].update(seen="yes"))
    assert world.made().observed("credit") == Observation(None, 1, dangling=True)
    assert "Ready is False" in " ".join(world.made().wrong("credit"))


def test_a_file_beside_the_artifact_or_a_link_shows(world):
    world.made().deploy(release())
    (world.file(OLD).parent / "sitecustomize.py").write_text("theirs")
    assert world.made().observed("credit") == Observation(None, 1, dangling=True)
    (world.file(OLD).parent / "sitecustomize.py").unlink()
    assert world.made().observed("credit") == shows(OLD, 1)
    world.file(OLD).rename(world.path / "elsewhere")
    world.file(OLD).symlink_to(world.path / "elsewhere")
    assert world.made().observed("credit") == Observation(None, 1, dangling=True)


def test_a_lost_record_is_made_again_and_the_epoch_holds_meanwhile(world):
    world.made().deploy(release(OLD, 5))
    assert world.send("DELETE", f"{MAPS}/modelops-credit", {})[0] == 200
    assert world.made().observed("credit") == Observation(None, 5, dangling=True), "nothing says that it was ever confirmed"
    with pytest.raises(TargetError, match="epoch 4 of credit, the target has seen 5"):
        world.made()._publish(release(NEW, 4))
    with pytest.raises(TargetError, match="stale"):
        world.made().withdraw("credit", 4)
    assert world.made().deploy(release(OLD, 5)) == shows(OLD, 5)


def test_a_record_that_somebody_else_wrote_is_an_error(world):
    world.made().deploy(release())
    found = world.send("GET", f"{MAPS}/modelops-credit")[1]
    for record in ("{", "[]", "[" * 3000, json.dumps({**world.record(), "epoch": "1"}), json.dumps({**world.record(), "live": {"notes": {}}})):
        found = world.send("PUT", f"{MAPS}/modelops-credit", {**found, "data": {"record": record}})[1]
        with pytest.raises(TargetError, match="modelops-credit is not readable"):
            world.made().observed("credit")


def test_a_stop_that_does_not_end_is_an_error(world):
    world.made().deploy(release())
    world.controller.collects = False
    with pytest.raises(TargetError, match="is not gone after 0 minutes"):
        world.made(wait=0).withdraw("credit", 2)
    if world.api is None:
        world.controller.collects = True


def test_a_stop_waits_for_no_finalizer_and_shows_that_it_is_leaving_until_it_is_gone(own, monkeypatch):
    """Pods answer until the last of them is gone; the stops of other models come after this one."""
    own.made().deploy(release())
    own.controller.collects = False
    waits = []
    monkeypatch.setattr(rollout, "sleep", waits.append)
    assert own.made(wait=10).withdraw("credit", 2) == own.made().observed("credit") == Observation(None, 2, leaving=True)
    moment = len(waits)
    assert own.made(wait=10).withdraw("credit", 2) == Observation(None, 2, leaving=True)
    assert (0 < moment <= rollout.TRIES, len(waits)) == (True, moment), "a moment at the first look, and none at the next"
    own.api.objects.pop(f"{SERVICES}/credit")
    assert own.made().withdraw("credit", 2) == own.made().observed("credit") == shows(None, 2)


def test_what_nobody_can_delete_is_an_error_and_not_gone(own):
    own.made().deploy(release())
    own.api.before = lambda method, *_: (409, json.dumps(refusal(409, "Conflict", "changed")[1]).encode(), {}) if method == "DELETE" else None
    with pytest.raises(TargetError, match="changes each time that we look"):
        own.made().withdraw("credit", 2)
    own.api.before = lambda *_: None
    assert own.made().withdraw("credit", 2) == shows(None, 2)


@pytest.mark.parametrize(("answer", "told"), [
    ((302, b"{}", {"Location": "https://169.254.169.254/"}), "redirects are not followed"),
    ((200, b"<html>", {}), "no JSON object"), ((200, b"[]", {}), "no JSON object"), ((200, b"[" * 100_000, {}), "no JSON object"),
    ((200, b'{"a": "' + b"x" * (9 << 20) + b'"}', {}), "more than 8192 KiB"),
    ((500, b'{"kind": "Status", "message": "etcd \\u0007 is away"}', {}), "answers 500: etcd . is away"),
    ((404, b'{"kind": "Status", "reason": "NotFound", "message": "no such kind"}', {}), "answers 404: no such kind"),
    ((403, b'{"kind": "Status", "message": "forbidden"}', {}), "what the service account needs in namespace models"),
    ((200, b"{}", {}), "was not deployed here"), ((200, b'{"metadata": [], "spec": 1}', {}), "was not deployed here"),
])
def test_no_answer_of_another_kind_is_ever_nothing_live(own, answer, told):
    own.api.before = lambda *_: answer
    for act in (lambda: own.made().observed("credit"), lambda: own.made().deploy(release()), lambda: own.made().withdraw("credit", 1)):
        with pytest.raises(TargetError, match=told):
            act()
    own.api.before = lambda *_: None
    assert own.made().observed("credit") == Observation(None, 0)


def test_a_slow_answer_is_an_error_in_time(own):
    own.api.before = lambda *_: time.sleep(2)
    began = time.monotonic()
    with pytest.raises(TargetError, match=r"did not answer within 0\.3 seconds"):
        own.made(timeout=0.3).observed("credit")
    assert time.monotonic() - began < 1.9


@pytest.mark.parametrize("body", [b'{"items": {}, "metadata": {}}', b'{"metadata": {}}', b'{"items": [1], "metadata": {}}', b'{"items": [], "metadata": {"continue": "x"}}'])
def test_a_list_that_is_none_or_has_no_end_is_an_error(own, monkeypatch, body):
    monkeypatch.setattr(kubernetes, "PAGES", 3)
    own.api.before = lambda *_: (200, body, {})
    with pytest.raises(TargetError, match=r"no list|without an end"):
        own.made().models()


def test_a_token_that_is_refused_is_an_error_and_told_nowhere(world):
    refused = world.made(connections=lambda name: world.url.replace(TOKEN, "another-token"))
    with pytest.raises(TargetError, match="answers 401: Unauthorized; the token is not taken") as error:
        refused.observed("credit")
    assert "another-token" not in str(error.value)


@pytest.mark.parametrize(("change", "told"), [
    (lambda url: url.replace("https", "http"), "a token is sent over https alone"), (lambda url: url.replace(f":{TOKEN}@", ""), "no secret"),
    (lambda url: f"{url}&insecure=1", "expected https"), (lambda url: url.partition("?")[0] + "?x=1", "expected https"), (lambda url: f"{url}.not", "has no certificate"),
    (lambda url: url.replace(TOKEN, "to%0Aken"), "a token that is none"), (lambda url: url.partition("?")[0], "cannot be asked"),
])
def test_a_connection_that_cannot_be_is_refused(world, change, told):
    with pytest.raises(TargetError, match=told) as error:
        world.made(connections=lambda name: change(world.url)).observed("credit")
    assert TOKEN not in str(error.value)


def test_an_address_of_a_private_network_is_asked_only_where_that_is_said(world):
    with pytest.raises(TargetError, match="private network"):
        world.made(private=False).observed("credit")


def test_without_a_connection_the_pods_own_account_counts(world, authority, monkeypatch, tmp_path):
    with pytest.raises(TargetError, match="this is no pod with a service account"):
        world.made(connection=None).observed("credit")
    pod = tmp_path / "pod"
    pod.mkdir()
    (pod / "token").write_text(f"{TOKEN}\n")
    (pod / "ca.crt").write_bytes(authority[0].read_bytes())
    monkeypatch.setattr(cluster, "POD", pod)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", world.url.rpartition("/?")[0].rpartition(":")[2])
    assert world.made(connection=None, connections=no_connections, private=False).deploy(release()) == shows(OLD, 1)


@pytest.mark.parametrize(("options", "told"), [
    ({"namespace": "Models"}, "expected a name"), ({"name": "all"}, "with {model} in it"), ({"name": "{model}{model}"}, "with {model} in it"),
    ({"name": "{model}_x"}, "with {model} in it"), ({"file": "../x"}, "a plain name"), ({"storage": "s3://bucket/x"}, "pvc://CLAIM/FOLDER"),
    ({"storage": "pvc://claim/../x"}, "pvc://CLAIM/FOLDER"), ({"canary": [50, 10]}, "from 1 to 99 that rise"), ({"canary": [0]}, "from 1 to 99"),
    ({"canary": [100]}, "from 1 to 99"), ({"canary": ["10"]}, "from 1 to 99"), ({"canary": [True]}, "from 1 to 99"),
])
def test_options_that_cannot_be_are_refused(tmp_path, options, told):
    with pytest.raises(TargetError, match=told):
        KServe(**{**OPTIONS, "path": tmp_path, "connections": no_connections, **options})


def test_a_model_whose_service_cannot_have_its_name_is_an_error(tmp_path):
    for model in ("m" * 64, "2nd-model"):
        with pytest.raises(TargetError, match="takes no InferenceService named"):
            KServe(**OPTIONS, path=tmp_path, connections=no_connections).observed(model)
    assert "expected 1 to 120" in wrong_target("kserve", {**OPTIONS, "path": "x", "wait": 0})[0]
    assert isinstance(target_of("kserve", {**OPTIONS, "path": "x"}, resolve=lambda text: tmp_path / text), KServe)


def test_a_status_of_an_older_specification_is_not_taken_for_the_new_ones(own, monkeypatch):
    """KServe has not looked yet: all is ready, and of the version before."""
    own.made().deploy(release(OLD, 1))
    before = own.service()["status"]
    monkeypatch.setattr(own.controller, "status", lambda found: before)
    with pytest.raises(TargetError, match="not after 0 minutes: made last credit-predictor-00001, ready last credit-predictor-00001, requests: credit-predictor-00001 100 %"):
        own.made(wait=0).deploy(release(NEW, 2))


def test_a_revision_that_is_not_this_deployments_shows(world):
    world.made().deploy(release())
    found = world.send("GET", f"{REVISIONS}/credit-predictor-00001")[1]
    for change in ({"modelops/epoch": "7"}, {"modelops/artifact": digest_bytes(NEW)}, {"modelops/artifact": "none"}, None):
        annotations = None if change is None else {**found["metadata"]["annotations"], **change}
        now = world.send("GET", f"{REVISIONS}/credit-predictor-00001")[1]
        assert world.send("PUT", f"{REVISIONS}/credit-predictor-00001", {**now, "metadata": {**now["metadata"], "annotations": annotations}})[0] == 200
        assert world.made().observed("credit") == Observation(None, 1, dangling=True)
    assert any("it is answered by another deployment" in one for one in world.made().wrong("credit"))


def test_the_role_of_the_how_to_is_enough_and_no_more(own):
    page = (Path(__file__).parents[2] / "docs/how-to/deploy-to-other-places.md").read_text(encoding="utf-8")
    role, _ = yaml.safe_load_all(re.findall(r"```yaml\n(apiVersion: rbac.*?)```", page, re.DOTALL)[0])
    own.made().deploy(release())
    own.made().models()
    own.made().withdraw("credit", 2)
    verbs, used = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}, {}
    for method, path in own.api.log:
        kind, _, name = path.partition("/namespaces/models/")[2].partition("/")
        used.setdefault(kind, set()).add(verbs.get(method, "get" if name else "list"))
    assert used == {one["resources"][0]: set(one["verbs"]) for one in role["rules"]}
