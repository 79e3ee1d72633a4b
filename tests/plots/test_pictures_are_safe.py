"""Names and labels are anybody's: a picture holds them as text, and nothing else."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from picture import Picture
from worlds import profiles

from modelops_airflow.checks import run_check
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.plots import Limit, plot
from modelops_airflow.plots.over_time import Point, curve, told_over_time
from modelops_airflow.plots.sheet import sheet

HOSTILE = [
    "<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "]]>", "<![CDATA[", "&amp;&#60;", "<!-- ", "?>", "javascript:alert(1)", "url(x)", "a\x00b\x1b[31m",
    "line\nbreak\ttab", "\u202egnp.exe", "\ud800", "\ufffe", "𝔘𝔫𝔦 漢字 עברית", "", " ",
]


def written(name: str, plotted: str) -> None:
    """A hostile name is in the picture, as text."""
    drawn = Picture(plotted)
    plotted.encode()
    visible = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in name)
    prose = " ".join(name.split())  # in a sentence any white space is a place to break the line
    assert any(visible in text or (prose != name and prose in text) for text in drawn.texts), drawn.texts


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_hostile_names_are_text(name: str) -> None:
    row = Metric(name or "m", 0.5, {name or "g": name}, unit=name, reference=name, ci=(0.1, 0.9))
    limits = [Limit(name or "m", "fail", ">", 0.1, {name or "g": name})]
    written(name, plot(Measurement.of(name or "mine", [row, Metric("m", None, {"g": name}, reason=name or "none")], notes=[name]), limits=limits))
    written(name, plot(Measurement.error(name, name)))
    written(name, plot(Measurement.of("drift", [Metric("psi", 0.5, {"column": name}, n=100)])))
    written(name, plot(Measurement.of("bias", [Metric(one, 0.5, {"sex": name}, n=100, reference=name) for one in ("n", "selection_rate", "impact_ratio")])))
    written(name, plot(Measurement.of("performance", [Metric("auc", 0.5, {"slice": name}, n=100)])))
    where = {"expectation": name, "column": name, "severity": name, "met": "no"}
    written(name, plot(Measurement.of("expectations", [Metric("unexpected_share", 0.5, where, n=100)])))
    points = [Point(datetime(2026, 1, 1, tzinfo=UTC), None, "error", reason=name)]
    written(name, sheet(name, [curve(points, limits, measure=name)], desc=told_over_time(points, limits)))


def test_hostile_columns_and_labels_of_profiles_are_text() -> None:
    labels = [one for one in HOSTILE if one.isprintable() and one.strip()][:8]
    table = pa.table({"<b>&": labels * 20, "y]]>": ["<i>", "\"'"] * (len(labels) * 10), "prediction": ["<i>", "\"'"] * (len(labels) * 10)})
    both = profiles(table, table, target="y]]>")
    drift, performance = (plot(run_check(name, both, {}), both) for name in ("drift", "performance"))

    for label in labels:
        assert label in Picture(drift).texts
    assert {"<i>", "\"'"} <= set(Picture(performance).texts)


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    name = "".join(chr(ord("a") + place % 26) for place in range(200))
    drawn = Picture(plot(Measurement.of("drift", [Metric("psi", 0.5, {"column": name}, n=100)])))
    found = [one for one in drawn.all if one.kind == "text" and one.text == name]

    assert found
    assert all("".join(one.element.itertext()).endswith("…") for one in found)


@pytest.mark.parametrize("measured", [
    Measurement.error("drift", "there is no <baseline>"), Measurement.not_applicable("bias", "no protected column"), Measurement.of("mine", []),
    Measurement.of("drift", []), Measurement.of("bias", []), Measurement.of("performance", []), Measurement.of("expectations", []),
    Measurement.of("drift", [Metric("drifted_share", None, reason="nothing to compare")]),
], ids=lambda one: f"{one.check} {one.status} {len(one.metrics)}")
def test_what_measured_nothing_is_a_picture_that_says_so(measured: Measurement) -> None:
    drawn = Picture(plot(measured))

    assert drawn.of_class("bar") == []
    for note in measured.notes:
        assert note in drawn.texts
    for row in measured.metrics:
        assert f"{row.name}: no value: {row.reason}" in drawn.texts


def test_any_numbers_at_all_can_be_drawn() -> None:
    generator = random.Random(9)
    odd = [0.0, -0.0, 1.0, 5e-324, 1e-310, -1e308, 1.7e308, 1e17, 1e17 + 16, math.nan, math.inf, 0.1 + 0.2, 1 / 3, None]
    for _ in range(400):
        rows = []
        for _ in range(generator.randint(1, 4)):
            interval = generator.choice([None, (generator.choice(odd) or 0.0, generator.choice(odd) or 0.0)])
            rows.append(Metric(generator.choice(["psi", "impact_ratio", "selection_rate", "m"]), generator.choice(odd), {"column": "c"}, ci=interval, reason="odd",
                               n=generator.choice([None, 0, 9, 10, 10**12]), error_bound=generator.choice(odd), judged=generator.random() < 0.5))
        for name in ("drift", "bias", "performance", "expectations", "mine"):
            Picture(plot(Measurement.of(name, rows), limits=[Limit("psi", "fail", ">", generator.choice([0.0, 1e308, -1e308, 1e-320]))]))


def test_a_picture_tells_what_it_is_in_words() -> None:
    root = Picture(plot(Measurement.of("mine", [Metric("m", 0.5, {"g": "a"}, ci=(0.25, 0.75)), Metric("m", None, {"g": "b"}, reason="gone")]))).root

    assert root.get("role") == "img"
    assert [one.tag.rpartition("}")[2] for one in root][:2] == ["title", "desc"]
    assert root[0].text == "mine: what was measured"
    assert root[1].text == "m of a: 0.5 (0.25 to 0.75); m of b: no value: gone"


def test_letters_are_readable_and_stay_on_the_paper() -> None:
    rows = [Metric("psi", place / 10, {"column": f"{'long name ' * place}{place}"}, n=100, error_bound=0.01) for place in range(20)]
    drawn = Picture(plot(Measurement.of("drift", rows, notes=["a note " * 100])))
    width, height = (float(drawn.root.attrib[side]) for side in ("width", "height"))
    for one in drawn.all:
        if one.kind == "text":
            assert 11 <= one.number("font-size") <= 13
            assert 0 <= one.x + one.number("x") <= width
            assert 0 <= one.y + one.number("y") <= height


def test_the_same_measurement_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\nfrom worlds import example, profiles\nfrom modelops_airflow.checks import run_check\n"
        "from modelops_airflow.plots import plot\nimport hashlib\n"
        "both = profiles(example('credit', 'current'), example('credit', 'baseline'), target='defaulted')\n"
        "print(hashlib.sha256(plot(run_check('drift', both, {}), both).encode()).hexdigest())"
    )
    told = {
        subprocess.run([sys.executable, "-c", program, *sys.path[:2]], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
                       capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    }

    assert len(told) == 1
