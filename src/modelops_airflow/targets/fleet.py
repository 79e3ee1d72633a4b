"""The devices at the edge, by what they last said of themselves, beside what they are ordered to have."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..errors import TargetError
from .edge_order import LARGEST, Order, read_order, time_of
from .edge_store import Store

_MUCH = 1 << 20


@dataclass(frozen=True)
class Device:
    """Attributes:
    seen: when it last said something; empty if that cannot be read.
    models: model and epoch it says it has.
    wrong: stale, behind, ahead, in trouble or unreadable; empty if nothing is.
    """

    device: str
    ring: str
    seen: str
    models: tuple[str, ...]
    wrong: tuple[str, ...]


def fleet(store: Store, *, public: bytes, hours: float, now: datetime) -> list[Device]:
    """Every device that ever reported. A device that never did is not known here.

    Args:
        hours: a device that was not seen for longer is stale.

    Raises:
        TargetError: the place cannot be read, or an order is not signed with this key.
    """
    orders = [read_order(store.read(f"live/{model}.json", LARGEST), public, model) for model in store.names("live")]
    return [_device(store, name, orders, hours, now) for name in store.names("seen")]


def _device(store: Store, name: str, orders: list[Order], hours: float, now: datetime) -> Device:
    try:
        told = json.loads(store.read(f"seen/{name}.json", _MUCH))
        has = {str(model): (int(one["epoch"]), one["artifact"]) for model, one in told["models"].items()}
        seen, ring, trouble = time_of(told["at"]), str(told["ring"]), [str(one) for one in told["trouble"]]
    except (TargetError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return Device(name, "", "", (), ("its report is not readable",))
    wrong = [f"in trouble: {one}" for one in trouble]
    if now - seen > timedelta(hours=hours):
        wrong.append(f"stale: not seen for {(now - seen).total_seconds() / 3600:.0f} hours")
    if seen - now > timedelta(minutes=5):
        wrong.append("its clock is ahead")
    wrong += [said for order in orders if (said := _behind(order, ring, has.get(order.model), now))]
    return Device(name, ring, told["at"], tuple(f"{model} {epoch}" for model, (epoch, _) in sorted(has.items())), tuple(wrong))


def _behind(order: Order, ring: str, has: tuple[int, str | None] | None, now: datetime) -> str:
    if ring not in order.rings:
        return f"{order.model} has no ring {ring}"
    if has == (order.epoch, order.artifact) or now < time_of(order.rings[ring]):
        return ""
    if has is None or has[0] < order.epoch:
        return f"behind: {order.model} at epoch {has[0] if has else 'none'}, ordered {order.epoch}"
    return f"{order.model} at epoch {has[0]} with {has[1] or 'nothing'}, ordered {order.epoch} with {order.artifact or 'nothing'}"
