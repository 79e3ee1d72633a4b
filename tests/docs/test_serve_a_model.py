"""The request and the options of docs/how-to/serve-a-model.md are those that the runtime takes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.main import get_command

sys.path.insert(0, str(Path(__file__).parents[1] / "serving"))

from in_process import make_app
from signed_place import Place, place

from modelops_airflow.cli.app import app
from modelops_airflow.serving import Outages
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import load_private

__all__ = ["place"]
PAGE = (Path(__file__).parents[2] / "docs/how-to/serve-a-model.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_request_is_answered_as_the_page_says(place: Place) -> None:
    place.deploy(1)
    slot = place.slot()
    slot.look()

    answer = TestClient(make_app(slot)).post("/v2/models/pricing/infer", content=blocks("json")[0])

    told = answer.json()
    assert (answer.status_code, told["id"], told["outputs"][0]["data"]) == (200, "application-17", ["standard", "decline"])
    for name in re.findall(r"`(modelops-[a-z-]+)`", PAGE):
        assert name in answer.headers


def test_the_record_of_an_outage_is_as_the_page_shows_and_the_figures_have_the_names_that_it_says(place: Place) -> None:
    told = Outages("credit-risk", None, print).begin("runtime", "why", 0).told()
    figures = TestClient(make_app(place.slot(), fallback=place.slot("simple"))).get("/metrics").text

    assert list(told) == list(json.loads(blocks("json")[1]))
    for name in re.findall(r"`(modelops_[a-z_]+)`", PAGE):
        assert f"# TYPE {name} " in figures, name


def test_every_option_of_the_page_is_one_of_the_command() -> None:
    serve = get_command(app).commands["serve"]  # type: ignore[attr-defined]
    known = {name for parameter in serve.params for name in parameter.opts}

    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", PAGE)) - {"--json"}  # curl's
    assert named
    assert named <= known


def test_the_setting_of_the_page_is_read_and_names_a_key_that_signs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    name, path = re.search(r"^(deployment_key) = (.+)$", blocks("ini")[0], re.MULTILINE).groups()  # type: ignore[union-attr]

    settings = settings_from({name: path})

    assert settings.deployment_key == Path("/etc/modelops/deployment.pem")
    assert load_private(place.state.parent / "key.pem")
