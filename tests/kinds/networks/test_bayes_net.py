"""Bayesian networks: answers by enumeration and by the library's own reader, and files that are none."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from artifacts import clean
from bif_files import ASIA, SPRINKLER, asia_answer

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, Scorer, open_model, scan, verify
from modelops_airflow.kinds.networks.bif import read_bif
from modelops_airflow.kinds.networks.xmlbif import read_xmlbif

pyagrum = pytest.importorskip("pyagrum")
HIDDEN = ["asia", "tub", "lung", "bronc", "either"]


def loaded(text: str, **options: Any) -> Scorer:
    data = text.encode()
    report = scan("bayes-net", data, file="model.bif")
    assert clean(report), report.notes
    return open_model(verify("bayes-net", data, digest_bytes(data), report), options)


def patients() -> pa.Table:
    """Every combination of three findings, missing ones included, each twice."""
    rows = list(itertools.product(("yes", "no", None), repeat=3)) * 2
    return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(("smoke", "xray", "dysp"))})


@pytest.mark.parametrize("target", ["lung", "tub", "bronc"])
def test_answers_are_those_of_adding_up_every_case(target: str) -> None:
    rows = patients()
    answers = loaded(ASIA, target=target, hidden=[name for name in HIDDEN if name != target]).score(rows)
    for place, row in enumerate(rows.to_pylist()):
        chance = asia_answer(target, {name: value for name, value in row.items() if value is not None})
        assert answers["score"][place].as_py() == pytest.approx(chance, rel=1e-9), "`yes` sorts last"
        assert answers["prediction"][place].as_py() == ("yes" if chance > 0.5 else "no")


def test_the_textbook_s_number() -> None:
    """P(lung cancer) is 0.055, Lauritzen and Spiegelhalter 1988."""
    rows = pa.table({name: pa.nulls(1, pa.string()) for name in ("smoke", "xray", "dysp")})
    answers = loaded(ASIA, target="lung", hidden=["asia", "tub", "bronc", "either"]).score(rows)
    assert answers["score"].to_pylist() == pytest.approx([0.055])


@pytest.mark.parametrize(("text", "suffix", "read"), [(ASIA, "bif", read_bif), (SPRINKLER, "bifxml", read_xmlbif)])
def test_both_forms_are_read_as_the_library_reads_them(text: str, suffix: str, read: Any, tmp_path: Path) -> None:
    path = tmp_path / f"net.{suffix}"
    simple = text.replace("default 1.0 0.0;", "(yes, yes) 1 0; (yes, no) 1 0; (no, yes) 1 0;").replace('property "a; property" ;', "")
    path.write_text(re.sub(r"<!DOCTYPE.*?\]>|<!--.*?-->", "", simple, flags=re.DOTALL))  # what the library's own reader knows
    theirs, ours = pyagrum.loadBN(str(path)), read(text)
    assert set(ours.names) == set(theirs.names())
    for one in ours.variables:
        for place, labels in enumerate(itertools.product(*(ours[parent].labels for parent in one.parents))):
            found = theirs.cpt(one.name)[dict(zip(one.parents, labels, strict=True))] if one.parents else theirs.cpt(one.name)[:]
            assert np.allclose(found, one.table[place], atol=1e-6), (one.name, labels)


@pytest.mark.parametrize("form", ["bif", "bifxml"])
@pytest.mark.parametrize("seed", range(3))
def test_a_network_that_the_library_wrote_is_answered_as_the_library_does(form: str, seed: int, tmp_path: Path) -> None:
    pyagrum.initRandom(seed + 1)
    net = pyagrum.randomBN(n=12, ratio_arc=1.5, domain_size=3)
    pyagrum.saveBN(net, str(tmp_path / f"net.{form}"))
    kept = pyagrum.loadBN(str(tmp_path / f"net.{form}"))
    names = sorted(kept.names())
    draws = np.random.default_rng(seed)
    labels = {name: kept.variable(name).labels() for name in names}
    rows = pa.table({name: pa.array([dict(enumerate(labels[name])).get(int(one)) for one in draws.integers(0, 5, 30)], pa.string()) for name in names[1:]})
    found = loaded((tmp_path / f"net.{form}").read_text(), target=names[0]).score(rows)
    for place, row in enumerate(rows.to_pylist()):
        posterior = pyagrum.getPosterior(kept, evs={name: value for name, value in row.items() if value is not None}, target=names[0]).tolist()
        assert found["prediction"][place].as_py() == labels[names[0]][int(np.argmax(posterior))]
        if len(posterior) == 2:
            assert found["score"][place].as_py() == pytest.approx(posterior[1], abs=1e-5)
    assert (found.column_names == ["prediction"]) == (len(labels[names[0]]) == 3), "three labels have no one score"


def test_one_inference_serves_all_rows_that_know_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = loaded(ASIA, target="lung", hidden=["asia", "tub", "bronc", "either"])
    asked = []
    inner = model._answer
    monkeypatch.setattr(model, "_answer", lambda *given: asked.append(given) or inner(*given))
    first = model.score(patients())
    assert len(asked) == 27 and first.num_rows == 54
    order = np.random.default_rng(0).permutation(54)
    assert model.score(patients().take(pa.array(order))).equals(first.take(pa.array(order)))


def test_a_value_that_the_network_does_not_know_is_told_by_row() -> None:
    model = loaded(ASIA, target="lung", hidden=["asia", "tub", "bronc", "either"])
    rows = patients().set_column(0, "smoke", pa.array(["yes"] * 7 + ["pipe"] + ["no"] * 46))
    with pytest.raises(ArtifactError, match="row 7 has 'pipe' in column 'smoke'; the network knows yes, no"):
        model.score(rows)
    with pytest.raises(ArtifactError, match="needs columns the data does not have: smoke"):
        model.score(rows.drop_columns(["smoke"]))
    with pytest.raises(ArtifactError, match="cannot be read as labels"):
        model.score(rows.set_column(0, "smoke", pa.array([["yes"]] * 54)))


def test_what_the_network_holds_for_impossible_is_told_by_row() -> None:
    model = loaded(ASIA, target="dysp", hidden=["asia", "xray", "bronc", "smoke"])
    rows = pa.table({"tub": ["no", "yes"], "lung": ["no", "no"], "either": ["no", "no"]})
    with pytest.raises(ArtifactError, match="cannot tell 'dysp' of row 1"):
        model.score(rows)
    assert model.score(rows.slice(0, 1)).num_rows == 1


@pytest.mark.parametrize(("options", "told"), [
    ({}, "lacks the option 'target'"), ({"target": "zebra"}, "no variable 'zebra'; variables: "), ({"target": "lung", "hidden": ["zebra"]}, "no variable 'zebra'"),
    ({"target": "lung", "hidden": ["lung"]}, "cannot be hidden"), ({"target": "lung", "positive": "yes"}, "no option 'positive'"),
])
def test_options_that_do_not_fit_are_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ArtifactError, match=told):
        loaded(ASIA, **options)


def test_numbers_and_truths_are_labels_too() -> None:
    text = ("network n {} variable age { type discrete [ 2 ] { 1, 2 }; } variable y { type discrete [ 2 ] { true, false }; } "
            "probability ( age ) { table 0.5 0.5; } probability ( y | age ) { (1) 0.9 0.1; (2) 0.2 0.8; }")
    assert loaded(text, target="y").score(pa.table({"age": [1, 2]}))["score"].to_pylist() == pytest.approx([0.9, 0.2])
    assert loaded(text, target="age").score(pa.table({"y": [True, False]}))["prediction"].to_pylist() == ["1", "2"]


def wide(parents: int) -> str:
    names = [f"p{place}" for place in range(parents)]
    text = "network n { }" + "".join(f"variable {name} {{ type discrete [ 2 ] {{ a, b }}; }}" for name in [*names, "y"])
    text += "".join(f"probability ( {name} ) {{ table 0.5 0.5; }}" for name in names)
    return f"{text} probability ( y | {', '.join(names)} ) {{ default 0.5 0.5; }}"


def test_what_memory_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not clean(scan("bayes-net", wide(60).encode(), file="m.bif"))
    monkeypatch.setattr("modelops_airflow.kinds.networks.bayes_net.LARGEST_CLIQUE", 1000)
    with pytest.raises(ArtifactError, match="exact inference needs a table of 2,048 numbers"):
        loaded(wide(10), target="y")
    assert loaded(wide(4), target="y")


BAD = {
    "sum": ASIA.replace("0.01, 0.99; }\nprobability ( tub", "0.01, 0.98; }\nprobability ( tub"), "negative": ASIA.replace("table 0.5, 0.5", "table -0.5, 1.5"),
    "nan": ASIA.replace("table 0.5, 0.5", "table nan, 0.5"), "infinite": ASIA.replace("table 0.5, 0.5", "table inf, 0.5"),
    "short": ASIA.replace("table 0.5, 0.5", "table 1.0"), "row gone": ASIA.replace("(no) 0.01, 0.99; }\nprobability ( smoke", "}\nprobability ( smoke"),
    "row twice": ASIA.replace("(yes) 0.05, 0.95;", "(yes) 0.05, 0.95; (yes) 0.05, 0.95;"), "label": ASIA.replace("(yes) 0.05", "(perhaps) 0.05"),
    "parent": ASIA.replace("tub | asia", "tub | africa"), "circle": ASIA.replace("probability ( asia ) { table", "probability ( asia | tub ) { default"),
    "twice": ASIA.replace("variable tub {", "variable asia {"), "no table": ASIA.replace("probability ( smoke ) { table 0.5, 0.5; }", ""),
    "count": ASIA.replace("variable smoke { type discrete [ 2 ]", "variable smoke { type discrete [ 3 ]"), "continuous": ASIA.replace("type discrete[2]", "type continuous[2]"),
    "cut": ASIA[:900], "empty": " ", "words": "a b c", "conditional table": ASIA.replace("(yes) 0.05, 0.95; (no) 0.01, 0.99;", "table 0.05 0.95 0.01 0.99;", 1),
    "sign": ASIA.replace("// Lauritzen", "/ Lauritzen"), "self": ASIA.replace("tub | asia", "tub | tub"), "labels": ASIA.replace("variable tub { type discrete[2] {yes, no}", "variable tub { type discrete[2] {yes, yes}"),
    "entity": SPRINKLER.replace("]>", '<!ENTITY a "b">]>'), "outside": SPRINKLER.replace("<!DOCTYPE BIF [", '<!DOCTYPE BIF SYSTEM "file:///etc/passwd" ['),
    "parameter entity": SPRINKLER.replace("]>", '<!ENTITY % a "b">%a;]>'), "undeclared": SPRINKLER.replace("sprinkler</NAME>", "&xxe;</NAME>"),
    "bomb": SPRINKLER.replace("]>", '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>').replace("sprinkler</NAME>", "&b;</NAME>", 1),
    "hidden in instructions": SPRINKLER.replace("<!DOCTYPE BIF [", "<?x <!-- ?><!DOCTYPE BIF [<!ENTITY a 'b'>").replace("]>", "]><?x --> ?>"),
    "xml cut": SPRINKLER[:700], "xml short": SPRINKLER.replace("0.7 0.2", "0.7"), "xml words": SPRINKLER.replace("0.7 0.2", "0.7 x"),
    "xml root": SPRINKLER.replace("BIF VERSION", "FIB VERSION").replace("</BIF>", "</FIB>"), "xml decision": SPRINKLER.replace('TYPE="nature"', 'TYPE="decision"', 1),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_network_is_refused(bad: str) -> None:
    text = BAD[bad]
    assert text not in (ASIA, SPRINKLER), "the edit did nothing"
    report = scan("bayes-net", text.encode(), file="model.bif")
    assert not clean(report)
    assert len(report.notes) > 1 or report.notes


def test_the_library_s_own_parser_never_sees_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("loadBN", "BayesNet"):
        monkeypatch.setattr(pyagrum, name, lambda *_: pytest.fail("the library was asked"))
    assert clean(scan("bayes-net", ASIA.encode(), file="m.bif")) and clean(scan("bayes-net", SPRINKLER.encode(), file="m.xml"))


@pytest.mark.parametrize("text", [ASIA, SPRINKLER])
def test_mutated_files_are_read_or_refused_and_never_raise_anything_else(text: str) -> None:
    draws, read = np.random.default_rng(7), 0
    for _ in range(400):
        body = bytearray(text.encode())
        for _ in range(int(draws.integers(1, 4))):
            place = int(draws.integers(len(body)))
            kind = draws.integers(4)
            if kind == 0:
                body[place] = int(draws.integers(32, 127))
            elif kind == 1:
                del body[place : place + int(draws.integers(1, 40))]
            elif kind == 2:
                body[place:place] = body[place : place + int(draws.integers(1, 40))]
            else:
                body[place:place] = bytes(draws.choice([b"{", b"}", b"<", b"&", b"1e308", b"\"", b"(", b";", b"-1"]))
        data = bytes(body)
        report = scan("bayes-net", data, file="model.bif")
        if clean(report):
            read += 1
            target = read_names(data)
            scorer = open_model(verify("bayes-net", data, digest_bytes(data), report), {"target": target[0], "hidden": target[1:]})
            assert scorer.score(pa.table({"other": [1]})).num_rows == 1
    assert 2 < read < 398, "some mutations do no harm, most do"


def read_names(data: bytes) -> list[str]:
    text = data.decode()
    return (read_xmlbif(text) if text.lstrip().startswith("<") else read_bif(text)).names


def test_the_evidence_tells_how_large_the_network_is() -> None:
    assert KINDS["bayes-net"].described(ASIA.encode()) == {"variables": "8", "edges": "8", "probabilities": "36"}
