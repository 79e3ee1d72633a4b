"""Serving: a small runtime that answers for what a deployer signed, and for nothing else.

`authorised` reads what a folder target says and whom it comes from; `slot` keeps the one model that may
answer; `inference` and `app` speak the Open Inference Protocol; `log` writes down what was answered.
"""

from __future__ import annotations

from .app import make_app
from .authorised import Authorised, NotAuthorised, authorised_in
from .canary import Canary, Rules
from .log import PredictionLog
from .shadow import Shadow
from .slot import Slot

__all__ = ["Authorised", "Canary", "NotAuthorised", "PredictionLog", "Rules", "Shadow", "Slot", "authorised_in", "make_app"]
