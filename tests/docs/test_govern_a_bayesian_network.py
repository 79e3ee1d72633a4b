"""What docs/how-to/govern-a-bayesian-network.md says of the example and of limits is so."""

from __future__ import annotations

import re
from pathlib import Path

from modelops_airflow.kinds import KINDS
from modelops_airflow.kinds.networks.bayes_net import DIGITS, LARGEST_CLIQUE
from modelops_airflow.kinds.networks.bayes_network import MOST_NUMBERS, MOST_VARIABLES, SUMS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/govern-a-bayesian-network.md").read_text(encoding="utf-8")


def test_the_section_is_that_of_the_example() -> None:
    (section,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert section in (ROOT / "dags/models/claims-network.yaml").read_text(encoding="utf-8")


def test_options_and_limits_are_those_of_the_code() -> None:
    assert all(f"`{name}`" in PAGE for name in KINDS["bayes-net"].parameters)
    assert DIGITS == 10 and all(told in PAGE for told in (f"{MOST_VARIABLES:,} variables", f"{MOST_NUMBERS:,} numbers", f"{LARGEST_CLIQUE:,}", f"{SUMS:g}"))
