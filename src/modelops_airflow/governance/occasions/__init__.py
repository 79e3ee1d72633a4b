"""What people may be told of now, derived from the register and the ledger alone; never from the state of a task.

One file a kind of thing. A further kind is one more function here and its words in `notify.about`.
"""

from __future__ import annotations

from collections.abc import Callable

from ...policy.occasion import Occasion
from .around import Around, around
from .deployments import deployment_occasions
from .files import file_occasions
from .findings import finding_occasions
from .gates import gate_occasions
from .incidents import incident_occasions
from .reviews import review_occasions
from .terms import term_occasions

SOURCES: tuple[Callable[[Around], list[Occasion]], ...] = (
    gate_occasions, file_occasions, deployment_occasions, finding_occasions, term_occasions, review_occasions, incident_occasions)

__all__ = ["SOURCES", "Around", "around"]
