"""Good files become frozen objects; only what a file says makes its digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from modelops_airflow.digest import parse_digest
from modelops_airflow.plan import plans_of
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.project import Project
from modelops_airflow.spec.read import parse_governance, parse_model, read_governance, read_model
from modelops_airflow.spec.types import ModelFile

ROOT = Path(__file__).parent.parent.parent
MODELS = sorted((ROOT / "dags" / "models").glob("*.yaml"))

LONG = """\
modelops: 1
model:
  name: Retail credit default
  purpose: Decides credit-card applications up to 10,000 EUR.
  tier: 1
  owner: credit-owner
  team: retail-credit
  developers: [credit-dev]
  kind: skops
  version: "3.2.0"
  artifact: examples/credit/model-3.2.0.skops
  location: on-prem
  facts: {sector: bank, jurisdictions: [US, EU], decisions_on_persons: true}
data:
  baseline: examples/credit/baseline.parquet
  current: {sql: "SELECT * FROM scored WHERE day >= {start} AND day < {end}", connection: warehouse}
  columns: {target: defaulted, favourable: 0, protected: [sex, age_band], score: p_default, time: scored_at}
  window: {last: P1D}
  labels: {path: outcomes.parquet, key: application_id, matures_after: P12M}
policies: [house]
lifecycles:
  release:
    uses: standard-release
    steps:
      drift: {require: {psi: {warn: ">= 0.10", fail: ">= 0.20"}}}
      approve-risk: {with: {roles: {risk: 2, legal: 1}, due: P5D}}
      deploy: {with: {to: production}}
  monitor: {uses: monitor, schedule: "@daily"}
  review: {uses: periodic-review}
"""

GOVERNANCE = """\
modelops: 1
timezone: Europe/Berlin
people:
  ann: {login: {simple: ann}}
  bob: {login: {simple: bob}}
roles:
  risk: {side: control, held_by: [ann]}
  developer: {side: make, held_by: [bob]}
"""


def digest(text: str) -> str:
    return parse_model(text, "dags/models/credit-risk.yaml").digest


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_every_model_of_the_project_parses(file: Path) -> None:
    source = read_model(file)

    assert source.spec.model.id == file.stem
    assert parse_digest(source.digest) == source.digest


def test_the_long_form_parses() -> None:
    spec = parse_model(LONG, "credit-risk.yaml").spec

    assert spec.model.facts["jurisdictions"] == ("US", "EU")
    assert spec.lifecycles is not None and spec.lifecycles["release"].steps["approve-risk"].with_["due"] == "P5D"


def test_a_spec_cannot_be_changed() -> None:
    spec = parse_model(LONG, "credit-risk.yaml").spec

    with pytest.raises(ValidationError, match="frozen"):
        spec.model.tier = 3  # type: ignore[misc]


@pytest.mark.parametrize("other", [
    "# a comment\n" + LONG,
    LONG.replace("tier: 1", "tier: 1   # the highest risk"),
    LONG.replace("\n", "\r\n"),
    LONG.replace("name: Retail credit default", "name: 'Retail credit default'"),
    LONG.replace("name: Retail credit default", "name: >-\n    Retail\n    credit default"),
    LONG.replace("  location: on-prem\n", ""),
    LONG.replace("policies: [house]\n", ""),
    LONG.replace("  tier: 1\n", "  tier: 1\n  id: credit-risk\n"),
    LONG.replace("[sex, age_band]", "[\n    sex,\n    age_band]"),
    LONG.replace("tier: 1", "tier: 0x1"),
    "---\n" + LONG + "...\n",
], ids=["comment", "comment behind", "line ends", "quotes", "folded", "written default", "default policy", "id", "layout",
        "hexadecimal", "document marks"])
def test_comments_layout_and_written_defaults_keep_the_digest(other: str) -> None:
    assert digest(other) == digest(LONG)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_keys_keeps_the_digest() -> None:
    other = yaml.safe_dump(_reversed(yaml.safe_load(LONG)), sort_keys=False)

    assert other.index("lifecycles:") < other.index("model:")
    assert digest(other) == digest(LONG)


@pytest.mark.parametrize(("old", "new"), [
    ("[sex, age_band]", "[age_band, sex]"),
    ("[US, EU]", "[EU, US]"),
    ("tier: 1", "tier: 2"),
    ("favourable: 0", 'favourable: "0"'),
    ("favourable: 0", "favourable: false"),
    (">= 0.20", ">= 0.21"),
    ("name: Retail credit default", "name: Retail credit defau1t"),
])
def test_a_change_of_what_a_file_says_changes_the_digest(old: str, new: str) -> None:
    assert LONG.count(old) == 1
    assert digest(LONG.replace(old, new)) != digest(LONG)


def test_the_name_of_a_file_is_part_of_the_digest() -> None:
    assert parse_model(LONG, "a.yaml").digest != parse_model(LONG, "b.yaml").digest


def test_the_largest_exact_number_has_a_digest_and_the_next_is_refused() -> None:
    assert digest(LONG.replace("favourable: 0", f"favourable: {2**53 - 1}"))
    with pytest.raises(SpecError, match="SPEC007"):
        digest(LONG.replace("favourable: 0", f"favourable: {2**53}"))


@pytest.mark.parametrize(("written", "read"), [("no", "no"), ("010", 10), ("0o10", 8), ("1_000", "1_000"), ("12:30", "12:30"),
                                               ("2026-01-01", "2026-01-01"), ("1e3", 1000.0), ("True", True), ("'~'", "~")])
def test_yaml_means_what_version_1_2_says(written: str, read: Any) -> None:
    spec = parse_model(LONG.replace("sector: bank", f"sector: {written}"), "a.yaml").spec

    assert spec.model.facts["sector"] == read and type(spec.model.facts["sector"]) is type(read)


def test_a_file_that_is_not_there_is_a_located_message(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"gone\.yaml:1:1: SPEC001 the file cannot be read: No such file"):
        read_model(tmp_path / "gone.yaml")
    with pytest.raises(SpecError, match="SPEC001 the file cannot be read: Is a directory"):
        read_governance(tmp_path)
    with pytest.raises(SpecError, match="did you mean 'credit-risk'"):
        Project(ROOT).model("credit-rsk")
    with pytest.raises(SpecError, match="SPEC001"):
        Project(ROOT).model("../governance")


def test_a_message_stays_one_line_whatever_the_file_is_called() -> None:
    with pytest.raises(SpecError) as caught:
        parse_model("", "a\nb\r.yaml")

    assert all(len(str(problem).splitlines()) == 1 for problem in caught.value.problems)


@pytest.mark.parametrize("text", ["a: \ud800", "a: \udcff\n", "\udfff"])
def test_text_that_no_file_can_hold_is_refused_all_the_same(text: str) -> None:
    with pytest.raises(SpecError, match="SPEC008"):
        parse_model(text, "a.yaml")


MARKS = st.sampled_from(["&a ", "*a", "!!int ", "<<: ", "{", "}", "[", "]", "? ", ": ", "- ", "---\n", "\n", "\t", "|", ">", "'", '"', "%",
                         "~", ".nan", "9" * 30, "\x00", "\u202e", "é", "#", "@", "`", "\\", "\r", "🙂", "\u2028", "\ud800", "true", "  "])


@settings(max_examples=400, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), MARKS | st.text(max_size=8)), min_size=1, max_size=6))
def test_a_mutated_file_is_an_object_or_located_messages(edits: list[tuple[float, int, str]]) -> None:
    text = LONG
    for place, length, new in edits:
        start = int(place * len(text))
        text = text[:start] + new + text[start + length:]
    try:
        source = parse_model(text, "credit-risk.yaml")
    except SpecError as error:
        assert error.problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in error.problems)
        assert str(error).count("\n") == len(error.problems) - 1
        return
    assert isinstance(source.spec, ModelFile) and parse_digest(source.digest)
    _plans_or_messages(source)


def _plans_or_messages(source: Any) -> None:
    try:
        plans = plans_of(source, read_governance(ROOT / "dags" / "governance.yaml").spec)
    except SpecError:
        return
    assert all(parse_digest(plan.digest) for plan in plans)


@settings(max_examples=300, deadline=2000)
@given(st.text(max_size=200))
def test_any_text_is_an_object_or_located_messages(text: str) -> None:
    with pytest.raises(SpecError):
        parse_model(text, "a.yaml")


@pytest.mark.parametrize(("old", "new", "said"), [
    ("held_by: [ann]", "held_by: [ann, eve]", "7:40: SPEC015 role risk is held by 'eve'"),
    ("held_by: [ann]", "held_by: [ann, bob]", "bob holds roles on both sides"),
    ("ann: {login: {simple: ann}}", "ann: {login: {simple: Bob}}", "share the login"),
    ("ann: {login: {simple: ann}}", "ann: {login: {simple: ｂｏｂ}}", "share the login"),
    ("risk: {", "control: {", "'control' is a reserved word"),
    ("risk: {", "owner: {", "'owner' is a reserved word"),
    ("Europe/Berlin", "Europe/Berln", "there is no time zone"),
    ("Europe/Berlin", "../../etc/passwd", "there is no time zone"),
    ("modelops: 1\n", "modelops: 1\nartifact_roots: [/etc]\n", "leaves the project"),
    ("modelops: 1\n", "modelops: 1\nartifact_roots: [models/../..]\n", "leaves the project"),
    ("side: control", "side: both", "expected 'make' or 'control'"),
    ("{simple: ann}", "{ldap: ann}", "SPEC012"),
])
def test_governance_that_contradicts_itself_is_refused(old: str, new: str, said: str) -> None:
    assert parse_governance(GOVERNANCE, "governance.yaml").spec.timezone == "Europe/Berlin"
    with pytest.raises(SpecError) as caught:
        parse_governance(GOVERNANCE.replace(old, new, 1), "governance.yaml")

    assert said in str(caught.value)
