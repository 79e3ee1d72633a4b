"""The tables of the register, and the words of their states.

JSON columns hold what was parsed and digested elsewhere; the columns beside them are what is
searched or constrained. Times are UTC and set by the database.
"""

from __future__ import annotations

from .deployment import DeploymentRow, ScanRow, ScoredRow, SlotRow
from .finding import FindingRow
from .gate import BreakGlassRow, DecisionRow, GateRow
from .governance import Document, GovernanceRow, KeyRow
from .incident import IncidentEntryRow, IncidentRow
from .model import ModelRow, VersionRow
from .notice import NoticeRow
from .rate import RateRow
from .recertification import CampaignRow, RecertificationRow
from .run import ImportedPackRow, PackRow, ResultRow, RunRow
from .state import DeploymentState, GateState, RecertificationState, VersionState
from .waiver import WaivedRow, WaiverRow

__all__ = [
    "BreakGlassRow", "CampaignRow", "DecisionRow", "DeploymentRow", "DeploymentState", "Document", "FindingRow",
    "GateRow", "GateState", "GovernanceRow", "ImportedPackRow", "IncidentEntryRow", "IncidentRow", "KeyRow",
    "ModelRow", "NoticeRow", "PackRow", "RateRow", "RecertificationRow", "RecertificationState", "ResultRow",
    "RunRow", "ScanRow", "ScoredRow", "SlotRow", "VersionRow", "VersionState", "WaivedRow", "WaiverRow",
]
