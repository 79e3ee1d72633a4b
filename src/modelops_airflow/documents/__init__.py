"""Documents about a model, written from an evidence pack alone, and about the fleet, from facts that are kept: every number leads to where it is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from .annex_iv import annex_iv
from .board_report import board_report
from .fleet import Fleet
from .ll144_summary import ll144_summary
from .model_card import model_card
from .parts import Document
from .sources import Sources
from .validation_report import validation_report

DOCUMENTS: Mapping[str, Callable[[Sources, date], Document]] = {
    "annex-iv": annex_iv, "ll144-summary": ll144_summary, "model-card": model_card, "validation-report": validation_report,
}
"""Kind of document -> what writes it, of a pack, as of a day."""

BOARD = "board-report"
"""Kind of the document about the whole fleet."""

__all__ = ["BOARD", "DOCUMENTS", "Document", "Fleet", "Sources", "board_report"]
