"""Authorise: the deployer's signed word to a runtime that it may serve what was promoted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..governance.promote import Promotion
from ..signing.dsse import sign
from ..signing.ed25519 import load_private
from ..signing.statement import authorisation_statement, payload_of


def authorisation_of(promotion: Promotion, key: Path | None) -> dict[str, Any] | None:
    """A DSSE envelope over what may be served, and how it is opened; None where the installation has no key for it.

    Raises:
        SigningError: the key cannot be read; then nothing is published.
    """
    if key is None:
        return None
    statement = authorisation_statement(
        promotion.artifact, model=promotion.model, environment=promotion.environment, version=promotion.version, kind=promotion.kind,
        file=promotion.file, options=promotion.kind_options, epoch=promotion.epoch, subject=promotion.subject)
    return sign(payload_of(statement), [load_private(key)])
