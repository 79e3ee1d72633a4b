"""Documents about a model, written from an evidence pack alone: every number leads to where in the pack it is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from .annex_iv import annex_iv
from .ll144_summary import ll144_summary
from .model_card import model_card
from .parts import Document
from .sources import Sources
from .validation_report import validation_report

DOCUMENTS: Mapping[str, Callable[[Sources, date], Document]] = {
    "annex-iv": annex_iv, "ll144-summary": ll144_summary, "model-card": model_card, "validation-report": validation_report,
}
"""Kind of document -> what writes it, of a pack, as of a day."""

__all__ = ["DOCUMENTS", "Document", "Sources"]
