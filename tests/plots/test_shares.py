"""Counts out of a whole, drawn: figures as they are, anybody's words escaped, axes in whole steps."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from modelops_airflow.plots.shares import Panel, Share, shares


def test_each_share_says_its_count_and_its_whole_and_words_stay_words() -> None:
    svg = shares("The fleet", [Panel("By tier", "models", (Share("tier 1", 3, 5), Share("<b>none</b>", 0)))])

    ElementTree.fromstring(svg)
    assert ">3 of 5<" in svg and ">0<" in svg and "<b>" not in svg and "&lt;b&gt;none" in svg
    assert "By tier: tier 1 3 of 5" in svg, "in words, for those who do not see it"


def test_an_axis_of_nothing_has_whole_steps() -> None:
    svg = shares("The fleet", [Panel("Findings", "findings", (Share("high", 0),))])

    assert not re.search(r">0\.\d", svg)
