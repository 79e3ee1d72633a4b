"""The keys of the server about approvals: one that signs them, one that they are verified with.

Only the files' names are kept; a key is read when it is used, so starting the server reads no secret
and a replaced file counts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request

from ..signing.ed25519 import load_private, load_public


@dataclass(frozen=True)
class ApprovalKeys:
    """Attributes:
    private: signs decisions and confirmations of keys; None where approvals are not signed.
    public: what approvals must be signed with to count; None where none is pinned.
    """

    private: Path | None = None
    public: Path | None = None


def approval_key(request: Request) -> Any:
    """The dependency that gives the signing key, or None.

    Raises:
        SigningError: it is configured and cannot be read; then nothing is recorded unsigned.
    """
    path = request.app.state.approval.private
    return load_private(path) if path is not None else None


def approval_public(request: Request) -> bytes | None:
    """The dependency that gives the pinned public key, or None."""
    path = request.app.state.approval.public
    return load_public(path) if path is not None else None


ApprovalKeyDep = Annotated[Any, Depends(approval_key)]
ApprovalPublicDep = Annotated[bytes | None, Depends(approval_public)]
