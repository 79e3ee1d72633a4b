"""What runs on a device: fetch signed orders, verify them, install what is new, say what is there.

A device believes the key and nothing else. It may be without a connection for as long as it likes: what it has goes on, and
the next pull brings it to the latest order. Epochs never go back, also not when the device's clock does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..digest import canonical, digest_bytes, digest_file
from ..durable import locked, write_durably
from ..errors import TargetError
from .edge_order import LARGEST, Order, opened, read_order, time_of
from .edge_store import Store

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_ARTIFACT = re.compile(r"[0-9a-f]{64}")
_STATE = ".modelops-edge.json"


@dataclass(frozen=True)
class Pull:
    """What one pull came to.

    Attributes:
        changed: model -> what was done.
        waiting: models with a newer order, whose ring may not install it yet.
        trouble: one line for each model that could not be brought up to date.
        reported: whether the place took the report.
    """

    changed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    reported: bool = False


def pull(store: Store, *, ring: str, public: bytes, into: Path, device: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Pull:
    """Bring a device up to date.

    Args:
        into: folder of the models: `<model>/order.json` says what is live, `<model>/<sha256>` is the artifact.

    Raises:
        TargetError: the ring's or device's name is none, or the place cannot be listed.
    """
    if not _NAME.fullmatch(device) or not _NAME.fullmatch(ring):
        raise TargetError(f"expected names of small letters, digits and hyphens for device and ring, found {device!r} and {ring!r}")
    done = Pull()
    with locked(into / ".lock"):
        state = _state(into)
        time = max(now(), time_of(state["at"]))  # a clock that was set back makes nothing valid again
        models = store.names("live")
        for model in models:
            try:
                _bring(store, into, model, ring, public, time, done)
            except (TargetError, OSError) as error:
                done.trouble.append(f"{model}: {error}")
        installed = _installed(into, public)
        done.trouble.extend(f"{model}: the place names it no longer; it stays as it is" for model in sorted(set(installed) - set(models)))
        write_durably(into / _STATE, canonical({"at": time.isoformat()}))
        report = {"device": device, "ring": ring, "at": time.isoformat(), "trouble": done.trouble,
                  "models": {model: {"epoch": one.epoch, "artifact": _artifact_of(into, one), "expires": one.expires} for model, one in installed.items()}}
    return Pull(**{**asdict(done), "reported": store.write(f"seen/{device}.json", canonical(report))})


def _bring(store: Store, into: Path, model: str, ring: str, public: bytes, time: datetime, done: Pull) -> None:
    if not _NAME.fullmatch(model):
        raise TargetError("this is no model's name")
    data = store.read(f"live/{model}.json", LARGEST)
    order, has = read_order(data, public, model), _order(into, model, public)
    if has is not None and order.epoch < has.epoch:
        raise TargetError(f"the order goes back from epoch {has.epoch} to {order.epoch}; it is not followed")
    if has is not None and order.epoch == has.epoch and order.artifact != has.artifact and order.artifact is not None:
        raise TargetError(f"the order of epoch {order.epoch} names another artifact than before; it is not followed")
    if has is not None and (has.epoch, has.artifact) == (order.epoch, order.artifact) and _artifact_of(into, has) == has.artifact:
        return
    if ring not in order.rings:
        raise TargetError(f"the order has no ring {ring!r}; it has {', '.join(sorted(order.rings))}")
    if time >= time_of(order.expires):
        raise TargetError(f"the order of epoch {order.epoch} expired at {order.expires}; it is to be released again")
    if time < time_of(order.rings[ring]):
        done.waiting.append(model)
        return
    if order.artifact is None:
        _install(into / model, data, order)
        done.changed[model] = "taken out of service"
        return
    inside = opened(store.read(order.bundle, order.size + 2 * LARGEST))
    if inside is None or inside[0] != data or digest_bytes(inside[1]) != order.artifact:
        raise TargetError(f"{order.bundle} is not what its order says; nothing was installed")
    write_durably(into / model / order.artifact.removeprefix("sha256:"), inside[1], mode=0o444)
    _install(into / model, data, order)
    done.changed[model] = f"version {order.version}, epoch {order.epoch}"


def _install(folder: Path, data: bytes, order: Order) -> None:
    """One rename switches from what is live to what is beside it; then what was live goes."""
    write_durably(folder / "order.json", data)
    for file in folder.iterdir():
        if _ARTIFACT.fullmatch(file.name) and f"sha256:{file.name}" != order.artifact:
            file.unlink()


def _artifact_of(into: Path, order: Order) -> str | None:
    if order.artifact is None:
        return None
    file = into / order.model / order.artifact.removeprefix("sha256:")
    return digest_file(file) if file.is_file() else None


def _order(into: Path, model: str, public: bytes) -> Order | None:
    try:
        return read_order((into / model / "order.json").read_bytes(), public, model)
    except FileNotFoundError:
        return None


def _installed(into: Path, public: bytes) -> dict[str, Order]:
    found = ((file.parent.name, _order(into, file.parent.name, public)) for file in sorted(into.glob("*/order.json")))
    return {model: order for model, order in found if order is not None}


def _state(into: Path) -> dict[str, Any]:
    try:
        state = json.loads((into / _STATE).read_bytes())
        time_of(state["at"])
        return dict(state)
    except FileNotFoundError:
        return {"at": datetime.min.replace(tzinfo=UTC).isoformat()}
    except (ValueError, KeyError, TypeError):
        raise TargetError(f"{into / _STATE} is not readable; move it away, and every order that is newer is installed again") from None
