"""Serving: a small runtime that answers for what a deployer signed, and for nothing else.

`front` holds the port and opens no model; it asks a `process` for the runtime and one for the fallback, which answer over a line of `frames`
at their `desk`, and writes down each `outage`. In such a process `authorised` reads what a folder target says and whom it comes from; `slot` keeps
the one model that may answer, here or `apart`, where a canary or a shadow is; `answering` and `inference` speak the Open Inference Protocol; `log` writes down what was answered.
"""

from __future__ import annotations

from .answering import Answering
from .apart import Apart
from .authorised import Authorised, NotAuthorised, authorised_in
from .beside import answer_beside
from .canary import Canary, Rules
from .desk import answer_over
from .frames import Line
from .front import Front
from .log import PredictionLog
from .outage import Outage, Outages
from .process import Process
from .reply import Gone, Reply, State
from .shadow import Shadow
from .slot import Slot

__all__ = [
    "Answering", "Apart", "Authorised", "Canary", "Front", "Gone", "Line", "NotAuthorised", "Outage", "Outages", "PredictionLog", "Process", "Reply", "Rules",
    "Shadow", "Slot", "State", "answer_beside", "answer_over", "authorised_in",
]
