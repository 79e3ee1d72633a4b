"""What can go wrong, by who has to act.

A check that measures something bad is a result, never one of these: an error here means that
something could not be done at all, or was refused.
"""

from __future__ import annotations


class ModelOpsError(Exception):
    """Base of every error that a user should read as one message, without a traceback."""


class DataError(ModelOpsError):
    """A data set is missing, unreadable, empty, or lacks a column. The data engineer acts."""


class CheckError(ModelOpsError):
    """A check cannot measure: its inputs or parameters do not allow it."""


class ArtifactError(ModelOpsError):
    """A model's artifact is missing, of a refused format, unsafe, or not the bytes expected."""


class LibraryMissing(ArtifactError):
    """What a kind of model needs is not installed here, which says nothing about the artifact."""


class PolicyError(ModelOpsError):
    """A policy or life cycle cannot be applied as written."""


class Refused(ModelOpsError):
    """A governed action is not permitted; the refusal is on record. Base of the named refusals.

    `code` is a stable word for programs: author, role, stale, decided, unknown-person, closed, ...
    `recorded` says whether the ledger has it already.
    """

    recorded = False

    def __init__(self, message: str, code: str = "refused", model_id: str | None = None) -> None:
        super().__init__(message)
        self.code, self.model_id = code, model_id


class PromotionRefused(Refused):
    """A version may not go live; the message names every missing or void condition."""


class VoteRefused(Refused):
    """A person may not decide at this gate, or decided over something else than it asks."""


class TargetError(ModelOpsError):
    """A deployment target could not be written, read back, or shows other bytes than promoted."""


class EvidenceError(ModelOpsError):
    """A stored item is missing or its bytes are not those of its digest."""


class RegisterError(ModelOpsError):
    """The register (database) is not reachable, not migrated, or of another version."""


class SigningError(ModelOpsError):
    """A key or an envelope cannot be read, or a key file would be written over."""


class LedgerError(ModelOpsError):
    """A checkpoint or an anchor of the ledger cannot be read, written or believed."""
