"""The container target: an OCI image layout whose every blob is as its digest says, and the same for the same release."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import signal
import tarfile
from multiprocessing import get_context
from pathlib import Path

import pytest
from contract import NEW, OLD, Contract, Place, at_write, release, shows

from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.errors import TargetError
from modelops_airflow.targets import Observation, target_of, wrong_target
from modelops_airflow.targets.container import Container
from modelops_airflow.targets.own_folder import OwnFolder

COMMAND = ["python", "-m", "serve", "/opt/model/artifact"]
FORK = get_context("fork")


def made(path, **options):
    return Container(path=path, **{"command": COMMAND, **options})


def read(path, name):
    return json.loads((path / name).read_bytes())


def blob(path, digest):
    return path / "blobs" / "sha256" / digest.removeprefix("sha256:")


def manifest_of(path, model="credit"):
    (named,) = (one["digest"] for one in read(path, "index.json")["manifests"] if one["annotations"]["org.opencontainers.image.ref.name"] == model)
    return json.loads(blob(path, named).read_bytes())


def damage(path, model="credit", what="layers"):
    found = manifest_of(path, model)
    file = blob(path, (found["layers"][-1] if what == "layers" else found[what])["digest"])
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def place_at(path) -> Place:
    return Place(make=lambda: made(path), seams=[(OwnFolder, "write")], spoil=lambda _: (path / "index.json").write_text("{"),
                 change=lambda model: damage(path, model))


class TestContainer(Contract):
    @pytest.fixture
    def place(self, tmp_path) -> Place:
        return place_at(tmp_path / "images")


@pytest.fixture
def base(tmp_path):
    """A layout as other tools write it: one image of one compressed layer."""
    path, sink = tmp_path / "base", io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("bin/python")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"elf"))
    layer = gzip.compress(sink.getvalue(), mtime=0)
    config = canonical({"architecture": "arm64", "os": "linux", "config": {"Env": ["PATH=/bin"], "User": "65532", "Entrypoint": ["init"]}, "history": [{"created_by": "x"}],
                        "rootfs": {"type": "layers", "diff_ids": [digest_bytes(sink.getvalue())]}})
    manifest = canonical({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                          "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_bytes(config), "size": len(config)},
                          "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest_bytes(layer), "size": len(layer)}]})
    for data in (layer, config, manifest):
        blob(path, digest_bytes(data)).parent.mkdir(parents=True, exist_ok=True)
        blob(path, digest_bytes(data)).write_bytes(data)
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (path / "index.json").write_bytes(canonical({"schemaVersion": 2, "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest_bytes(manifest), "size": len(manifest)}]}))
    return {"base": path, "base_digest": digest_bytes(manifest)}


def follow(path):
    """What a reader of the specification finds: every descriptor with its size and digest, and the files that are unpacked."""
    assert read(path, "oci-layout") == {"imageLayoutVersion": "1.0.0"}
    index, files = read(path, "index.json"), {}
    assert index["schemaVersion"] == 2 and index["mediaType"] == "application/vnd.oci.image.index.v1+json"

    def fetch(descriptor):
        data = blob(path, descriptor["digest"]).read_bytes()
        assert (len(data), digest_bytes(data)) == (descriptor["size"], descriptor["digest"])
        return data

    (named,) = index["manifests"]
    manifest = json.loads(fetch(named))
    assert manifest["schemaVersion"] == 2 and manifest["mediaType"] == named["mediaType"]
    config = json.loads(fetch(manifest["config"]))
    assert {"architecture", "os", "rootfs", "config"} <= set(config)
    assert len(config["rootfs"]["diff_ids"]) == len(manifest["layers"])
    for layer, unpacked in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
        data = fetch(layer)
        data = gzip.decompress(data) if layer["mediaType"].endswith("+gzip") else data
        assert digest_bytes(data) == unpacked
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            files |= {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}
    return named, config, files


def test_the_image_has_the_artifact_the_pinned_packages_and_the_command(tmp_path):
    made(tmp_path, requirements=["numpy==2.3.0", "skops[all]==0.13.0"]).deploy(release())
    named, config, files = follow(tmp_path)
    assert files == {"opt/model/artifact": OLD, "opt/model/requirements.txt": b"numpy==2.3.0\nskops[all]==0.13.0\n"}
    assert config["config"]["Cmd"] == COMMAND and config["config"]["WorkingDir"] == "/opt/model"
    notes = named["annotations"]
    assert notes["modelops-airflow.artifact"] == digest_bytes(OLD) and notes["modelops-airflow.subject"] == digest_bytes(b"subject")
    assert (notes["modelops-airflow.epoch"], notes["org.opencontainers.image.version"], notes["modelops-airflow.model"]) == ("1", "1.0", "credit")


def test_the_layers_of_the_base_come_first_and_its_settings_stay(tmp_path, base):
    target = made(tmp_path / "images", **base)
    assert target.deploy(release()) == shows(OLD, 1)
    _, config, files = follow(tmp_path / "images")
    assert list(files) == ["bin/python", "opt/model/artifact", "opt/model/requirements.txt"]
    assert config["architecture"] == "arm64" and config["config"]["Env"] == ["PATH=/bin"] and config["config"]["User"] == "65532"
    assert "Entrypoint" not in config["config"] and config["config"]["Cmd"] == COMMAND
    damage(tmp_path / "images")
    first = blob(tmp_path / "images", manifest_of(tmp_path / "images")["layers"][0]["digest"])
    target.deploy(release(NEW, 2))
    first.write_bytes(b"another program")
    assert target.observed("credit") == Observation(None, 2, dangling=True), "a blob of the base is hashed too"


def test_the_same_release_gives_the_same_bytes_anywhere(tmp_path, base):
    for name in ("one", "two"):
        made(tmp_path / name, **base, requirements=["numpy==2.3.0"]).deploy(release())
    one, two = ({file.relative_to(tmp_path / name): file.read_bytes() for file in (tmp_path / name).rglob("*") if file.is_file()}
                for name in ("one", "two"))
    assert one == two and len(one) >= 6


@pytest.mark.parametrize("what", ["layers", "config"])
def test_every_blob_of_the_image_is_hashed(tmp_path, what):
    made(tmp_path).deploy(release())
    damage(tmp_path, what=what)
    assert made(tmp_path).observed("credit") == Observation(None, 1, dangling=True)


def test_a_lost_blob_and_a_changed_manifest_show(tmp_path):
    for number, spoil in enumerate((lambda file: file.unlink(), lambda file: file.write_text("[]"))):
        path = tmp_path / str(number)
        made(path).deploy(release())
        spoil(blob(path, read(path, "index.json")["manifests"][0]["digest"]))
        assert made(path).observed("credit") == Observation(None, 1, dangling=True)


def rewritten(path, change):
    """An index that points at another image, every digest of which is right: what somebody who can write there does."""
    index = read(path, "index.json")
    manifest = manifest_of(path)
    config = json.loads(blob(path, manifest["config"]["digest"]).read_bytes())
    change(path, manifest, config)
    for descriptor, content in ((manifest["config"], config), (index["manifests"][0], manifest)):
        data = canonical(content)
        blob(path, digest_bytes(data)).write_bytes(data)
        descriptor.update(digest=digest_bytes(data), size=len(data))
    (path / "index.json").write_bytes(canonical(index))


def _other_command(path, manifest, config):
    config["config"]["Cmd"] = ["sh", "-c", "something else"]


def _entrypoint(path, manifest, config):
    config["config"]["Entrypoint"] = ["/bin/sh"]


def _variable(path, manifest, config):
    config["config"]["Env"] = ["PYTHONPATH=/tmp/theirs"]


def _layer_above(path, manifest, config):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("opt/model/artifact")
        member.size = len(NEW)
        archive.addfile(member, io.BytesIO(NEW))
    data = sink.getvalue()
    blob(path, digest_bytes(data)).write_bytes(data)
    manifest["layers"].append({"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest_bytes(data), "size": len(data)})
    config["rootfs"]["diff_ids"].append(digest_bytes(data))


@pytest.mark.parametrize("change", [_other_command, _entrypoint, _variable, _layer_above])
def test_another_image_with_right_digests_does_not_pass_for_the_release(tmp_path, change):
    made(tmp_path).deploy(release())
    rewritten(tmp_path, lambda *_: None)
    assert made(tmp_path).observed("credit") == shows(OLD, 1), "the control: writing the same again is the same"
    rewritten(tmp_path, change)
    assert made(tmp_path).observed("credit") == Observation(None, 1, dangling=True)


@pytest.mark.parametrize("change", [
    lambda index: index.pop("annotations"), lambda index: index.pop("manifests"), lambda index: index["manifests"].append(index["manifests"][0]),
    lambda index: index["manifests"].append({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest_bytes(b"x"), "size": 1}),
    lambda index: index["manifests"][0].update(digest="sha256:../../../etc/passwd"),
    lambda index: index["manifests"][0]["annotations"].update({"modelops-airflow.epoch": "2"}),
    lambda index: index["manifests"][0]["annotations"].update({"modelops-airflow.model": "fraud"}),
    lambda index: index["annotations"].update({"modelops-airflow.epoch.credit": "soon"}),
])
def test_an_index_that_somebody_else_wrote_is_an_error_and_not_overwritten(tmp_path, change):
    made(tmp_path).deploy(release())
    index = read(tmp_path, "index.json")
    change(index)
    (tmp_path / "index.json").write_text(json.dumps(index))
    before = (tmp_path / "index.json").read_bytes()
    for act in (lambda: made(tmp_path).observed("credit"), lambda: made(tmp_path).deploy(release(NEW, 9)), lambda: made(tmp_path).withdraw("credit", 9)):
        with pytest.raises(TargetError, match="somebody else wrote it"):
            act()
    assert (tmp_path / "index.json").read_bytes() == before


def test_a_withdrawn_image_stays_for_the_record(tmp_path):
    made(tmp_path).deploy(release())
    kept = {file.name for file in (tmp_path / "blobs" / "sha256").iterdir()}
    made(tmp_path).withdraw("credit", 2)
    assert read(tmp_path, "index.json")["manifests"] == []
    assert {file.name for file in (tmp_path / "blobs" / "sha256").iterdir()} == kept


def test_a_deployer_that_is_killed_with_kill_9_leaves_old_or_new(tmp_path):
    place = place_at(tmp_path)
    reached = 0
    for number in range(1, 9):
        model, data = f"credit-{number}", b"new model %d" % number
        place.make().deploy(release(model=model))

        def die_there(number=number, model=model, data=data):
            with at_write(place, number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                place.make().deploy(release(data, 2, model=model))

        child = FORK.Process(target=die_there)
        child.start()
        child.join(30)
        reached += child.exitcode == -signal.SIGKILL
        assert place.make().observed(model) in (shows(OLD, 1), shows(data, 2))
        assert place.make().deploy(release(data, 2, model=model)) == shows(data, 2)
    assert reached == 4, "layer, configuration, manifest, index"


@pytest.mark.parametrize(("options", "told"), [
    ({"command": []}, "a program and its arguments"), ({"command": ["python", ""]}, "a program and its arguments"),
    ({"requirements": ["numpy"]}, "found 'numpy'; pin it"), ({"requirements": ["numpy>=2"]}, "pin it"),
    ({"requirements": ["numpy==2\n--pre"]}, "pin it"), ({"requirements": ["-r other.txt"]}, "pin it"),
    ({"requirements": ["x @ http://x"]}, "pin it"), ({"base_digest": digest_bytes(b"x")}, "go together"), ({"base": Path("base")}, "go together"),
    ({"base": Path("base"), "base_digest": "latest"}, "go together"),
])
def test_options_that_cannot_be_are_refused(tmp_path, options, told):
    with pytest.raises(TargetError, match=told):
        made(tmp_path, **options)


def test_paths_are_below_the_project_and_the_options_are_known(tmp_path):
    options = {"path": "images", "command": COMMAND, "base": "base", "base_digest": digest_bytes(b"x")}
    target = target_of("container", options, resolve=lambda text: tmp_path / text)
    assert isinstance(target, Container) and target.layout.path == tmp_path / "images" and target.base.path == tmp_path / "base"
    assert wrong_target("container", {"path": "images"}) == ["target container lacks the option 'command'; expected a list of texts"]
    assert "did you mean 'requirements'" in wrong_target("container", {"path": "x", "command": ["x"], "requirement": []})[0]


def test_a_base_that_is_not_whole_is_an_error_and_nothing_is_live(tmp_path, base):
    target, path = made(tmp_path / "images", **base), base["base"]
    for named in (lambda told: told["layers"][0], lambda told: told["config"]):
        file = blob(path, named(json.loads(blob(path, base["base_digest"]).read_bytes()))["digest"])
        whole = file.read_bytes()
        file.write_bytes(b"changed")
        with pytest.raises(TargetError, match="have changed"):
            target.deploy(release())
        file.write_bytes(whole)
    with pytest.raises(TargetError, match="is not in"):
        made(tmp_path / "images", base=path, base_digest=digest_bytes(b"another")).deploy(release())
    index = canonical({"schemaVersion": 2, "manifests": []})
    blob(path, digest_bytes(index)).write_bytes(index)
    with pytest.raises(TargetError, match="no list 'layers'"):
        made(tmp_path / "images", base=path, base_digest=digest_bytes(index)).deploy(release())
    assert target.observed("credit") == Observation(None, 0)
    assert target.deploy(release()) == shows(OLD, 1), "the control"


def test_a_base_that_is_gone_later_is_not_missed(tmp_path, base):
    made(tmp_path / "images", **base).deploy(release())
    shutil.rmtree(base["base"])
    assert made(tmp_path / "images", **base).observed("credit") == shows(OLD, 1)
    assert made(tmp_path / "images").observed("credit") == Observation(None, 1, dangling=True), "other options build another image"
