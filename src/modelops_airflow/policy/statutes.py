"""The clocks that laws set, and which of them an incident starts. Data; each names its law and section.

`read` is False where the text of the law was not at hand, as in the policy packs: look it up before you rely on it.
"""

from __future__ import annotations

from collections.abc import Mapping

from .clock import Clock

_AI_ACT = "Regulation (EU) 2024/1689 (AI Act)"
_LL144 = "New York City Local Law 144 of 2021"
_AWARE = "the provider, or the deployer, becomes aware of the serious incident"

CLOCKS: Mapping[str, Clock] = {one.name: one for one in (
    Clock("eu-serious-incident", _AI_ACT, "art. 73", _AWARE, "report the serious incident to the market surveillance authority", 15, "eu", read=True),
    Clock("eu-death", _AI_ACT, "art. 73", "the death of a person, and that the system may have caused it, becomes known",
          "report the serious incident to the market surveillance authority", 10, "eu", read=True),
    # Art. 73 was read; what art. 3(49)(b) says of critical infrastructure was not.
    Clock("eu-widespread", _AI_ACT, "art. 73, art. 3(49)(b)", "a widespread infringement, or a disruption of critical infrastructure, becomes known",
          "report the serious incident to the market surveillance authority", 2, "eu"),
    Clock("ll144-notice", _LL144, "Admin. Code 20-871(b), 6 RCNY 5-304", "the tool is used on the candidate or employee",
          "give notice to candidates or employees who reside in the city", 10, "nyc", business=True, before=True),
    Clock("ll144-data-request", _LL144, "Admin. Code 20-871(b)(3), 6 RCNY 5-304(d)", "the written request arrives",
          "tell type and source of the data and how long it is kept", 30, "nyc"),
    Clock("co-adverse-outcome", "Colorado SB 26-189, from 1 January 2027", "6-1-1704", "the adverse outcome",
          "explain the adverse outcome to the person", 30, "colorado", read=True),
    Clock("reg-b-reasons", "Equal Credit Opportunity Act, Regulation B", "12 CFR 1002.9", "the completed application arrives",
          "tell the applicant the action taken, and the specific principal reasons if it is adverse", 30, "us"),
)}

INCIDENTS: Mapping[str, tuple[str, ...]] = {
    "internal": (),
    "serious": ("eu-serious-incident",),
    "death": ("eu-death",),
    "widespread": ("eu-widespread",),
    "data-request": ("ll144-data-request",),
    "adverse-outcome": ("co-adverse-outcome",),
    "credit-decision": ("reg-b-reasons",),
}
"""Kinds of incidents, and the clocks that run from the moment at which one became known."""
