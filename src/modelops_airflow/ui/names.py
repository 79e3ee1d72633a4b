"""Names in an address: what our files could have given, and nothing else.

No name is ever joined to a path or fetched; they are looked up in the register. Refusing the rest
here keeps what a database cannot hold (to Postgres a NUL character is an error, a larger id too) out of
every query.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

ModelId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
StepId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
FileName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=100)]
DagId = Annotated[str, Path(pattern=r"^[\w.-]+$", max_length=250)]
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]  # an integer of Postgres
DigestInPath = Annotated[str, Path(pattern=r"^sha256:[0-9a-f]{64}$")]
