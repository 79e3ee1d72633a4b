"""The model card: what the model is, is for and can do, for readers who did not make it.

The sections are those of Mitchell et al. 2019, Model Cards for Model Reporting, as far as a pack has evidence for them; the rest are gaps.
"""

from __future__ import annotations

from datetime import date

from .measured import all_steps, verdicts
from .parts import Document, Words, gap
from .sections import approvals, data, deployments, heading, identity, not_proven, opening, purpose
from .sources import Sources


def model_card(sources: Sources, on: date) -> Document:
    """The model card of the version that a pack is about."""
    return Document(Words("Model card"), (
        *opening(sources, on), *identity(sources), *purpose(sources), *data(sources),
        heading("Results"), verdicts(sources), *all_steps(sources, whole=True),
        heading("Ethical considerations"), gap("what nobody measured is told by people, and no statement of theirs is in this pack"),
        *approvals(sources, on), *deployments(sources), *not_proven(sources),
    ))
