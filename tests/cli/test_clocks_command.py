"""modelops clocks, as a person types it."""

from __future__ import annotations

import json


def test_each_clock_is_listed_with_its_law_and_whether_it_was_read(modelops, project):
    told = {one["name"]: one for one in json.loads(modelops("clocks", "--json").out)}
    assert told["eu-death"]["section"] == "art. 73" and told["eu-death"]["read"]
    assert not told["ll144-notice"]["read"] and told["ll144-notice"]["period"].startswith("10 business days before")


def test_a_clock_and_a_day_tell_the_last_day(modelops, project):
    told = json.loads(modelops("clocks", "eu-widespread", "2026-03-05", "--json").out)[0]
    assert (told["last_day"], told["moved"], told["ends_at"]) == ("2026-03-07", "2026-03-09", "2026-03-08T00:00:00+01:00")


def test_holidays_of_the_governance_file_count(modelops, project):
    file = project / "dags/governance.yaml"
    file.write_text(file.read_text() + '\ncalendars: {nyc: {holidays: ["2026-06-02"]}}\n')
    assert json.loads(modelops("clocks", "ll144-notice", "2026-06-15", "--json").out)[0]["last_day"] == "2026-05-29"


def test_what_is_no_clock_and_what_is_no_day_is_told(modelops, project):
    wrong = modelops("clocks", "eu-deth", "2026-03-05")
    assert wrong.code == 2 and "did you mean" in wrong.err
    assert modelops("clocks", "eu-death", "30.2.2026").code == 2
