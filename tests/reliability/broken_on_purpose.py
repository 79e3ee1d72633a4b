"""The product with one of its promises taken away: what the tests here must notice. The negative controls."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nth_fault import pass_point

from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.inventory.register import Register
from modelops_airflow.targets.own_folder import OwnFolder


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Another value for a name, for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def written_in_place() -> Iterator[None]:
    """Files are there before they are whole."""
    def blob(store: BlobStore, digest: Any, data: bytes) -> None:
        write_in_place(store._path(digest), data)

    def placed(own: OwnFolder, name: str, data: bytes, **_: Any) -> None:
        write_in_place(own.path / name, data)

    with replaced(OwnFolder, "write", placed), replaced(BlobStore, "_write", blob):
        yield


def write_in_place(path: Path, data: bytes, parts: int = 40) -> None:
    """How not to write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    size = max(1, len(data) // parts)
    for start in range(0, len(data), size):
        pass_point("write in place")
        os.write(handle, data[start : start + size])
    os.close(handle)


@contextmanager
def events_in_another_transaction() -> Iterator[None]:
    """The state is committed first, its event after it."""
    write = Register.write

    def later(session: Any, *arguments: Any, **facts: Any) -> None:
        session.info.setdefault("later", []).append((arguments, facts))

    @contextmanager
    def apart(register: Register) -> Iterator[Any]:
        with write(register) as session:
            yield session
        if session.info.get("later"):
            with write(register) as second:
                for arguments, facts in session.info["later"]:
                    _append(second, *arguments, **facts)

    changed = [module for name, module in list(sys.modules.items())
               if name.startswith("modelops_airflow.governance.") and hasattr(module, "append")]
    with replaced(Register, "write", apart):
        for module in changed:
            module.append = later  # type: ignore[attr-defined]
        try:
            yield
        finally:
            for module in changed:
                module.append = _append  # type: ignore[attr-defined]


def _append(*arguments: Any, **facts: Any) -> None:
    from modelops_airflow.ledger import append

    append(*arguments, **facts)
