"""Small Bayesian networks in both file forms, and their answers by plain enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

ASIA = """
// Lauritzen and Spiegelhalter 1988
network "asia" { property author = somebody ; }
variable asia { type discrete [ 2 ] { yes, no }; }
variable tub { type discrete[2] {yes, no}; property "a; property" ; }
variable smoke { type discrete [ 2 ] { yes, no }; }
variable lung { type discrete [ 2 ] { yes, no }; }
variable bronc { type discrete [ 2 ] { yes, no }; }
variable either { type discrete [ 2 ] { yes, no }; }
variable xray { type discrete [ 2 ] { yes, no }; }
variable dysp { type discrete [ 2 ] { yes, no }; }
probability ( asia ) { table 0.01, 0.99; }
probability ( tub | asia ) { (yes) 0.05, 0.95; (no) 0.01, 0.99; }
probability ( smoke ) { table 0.5, 0.5; }
probability ( lung | smoke ) { (yes) 0.1, 0.9; (no) 0.01, 0.99; }
probability ( bronc | smoke ) { (yes) 0.6, 0.4; (no) 0.3, 0.7; }
probability ( either | lung, tub ) { (no, no) 0.0, 1.0; default 1.0 0.0; }
probability ( xray | either ) { (yes) 0.98, 0.02; (no) 0.05, 0.95; }
probability ( dysp | bronc, either ) { (yes, yes) 0.9, 0.1; (no, yes) 0.7, 0.3; (yes, no) 0.8, 0.2; (no, no) 0.1, 0.9; } /* the end */
"""
"""The textbook's network of lung diseases."""

SPRINKLER = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE BIF [
  <!ELEMENT BIF ( NETWORK )*> <!ATTLIST BIF VERSION CDATA #REQUIRED>
  <!ELEMENT NETWORK ( NAME, ( PROPERTY | VARIABLE | DEFINITION )* )> <!ELEMENT NAME (#PCDATA)>
]>
<BIF VERSION="0.3"><NETWORK><NAME>sprinkler</NAME>
<VARIABLE TYPE="nature"><NAME>rain</NAME><OUTCOME>no</OUTCOME><OUTCOME>some</OUTCOME><OUTCOME>much</OUTCOME></VARIABLE>
<VARIABLE TYPE="nature"><NAME>sprinkler</NAME><OUTCOME>off</OUTCOME><OUTCOME>on</OUTCOME></VARIABLE>
<VARIABLE TYPE="nature"><NAME>wet</NAME><OUTCOME>no</OUTCOME><OUTCOME>yes</OUTCOME></VARIABLE>
<DEFINITION><FOR>rain</FOR><TABLE>0.7 0.2 <!-- rarely --> 0.1</TABLE></DEFINITION>
<DEFINITION><FOR>sprinkler</FOR><GIVEN>rain</GIVEN><TABLE>0.6 0.4  0.9 0.1  1.0 0.0</TABLE></DEFINITION>
<DEFINITION><FOR>wet</FOR><GIVEN>sprinkler</GIVEN><GIVEN>rain</GIVEN>
<TABLE>0.99 0.01  0.2 0.8  0.05 0.95  0.1 0.9  0.02 0.98  0.01 0.99</TABLE></DEFINITION>
</NETWORK></BIF>
"""


def asia_joint(row: Mapping[str, str]) -> float:
    """The probability of a full assignment, written out from the book's tables."""

    def of(name: str, chance: float) -> float:
        return chance if row[name] == "yes" else 1 - chance

    yes = {name: value == "yes" for name, value in row.items()}
    dysp = {(True, True): 0.9, (False, True): 0.7, (True, False): 0.8, (False, False): 0.1}[yes["bronc"], yes["either"]]
    return (of("asia", 0.01) * of("tub", 0.05 if yes["asia"] else 0.01) * of("smoke", 0.5) * of("lung", 0.1 if yes["smoke"] else 0.01)
            * of("bronc", 0.6 if yes["smoke"] else 0.3) * of("either", 1.0 if yes["lung"] or yes["tub"] else 0.0)
            * of("xray", 0.98 if yes["either"] else 0.05) * of("dysp", dysp))


def asia_answer(target: str, evidence: Mapping[str, str]) -> float:
    """P(target = yes | evidence), by adding up all 256 assignments."""
    names = ["asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"]
    total = {"yes": 0.0, "no": 0.0}
    for values in itertools.product(("yes", "no"), repeat=len(names)):
        row = dict(zip(names, values, strict=True))
        if all(row[name] == value for name, value in evidence.items()):
            total[row[target]] += asia_joint(row)
    return total["yes"] / (total["yes"] + total["no"])
