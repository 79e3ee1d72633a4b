"""What comes with a governance as the project's own: policy packs and life cycles, or nothing that may be put in force."""

from __future__ import annotations

from ..policy.in_force import library_of
from ..policy.library import packs, templates
from ..policy.lint_pack import lint_pack
from ..registry import load_extensions
from ..spec.problem import SpecError
from ..spec.types import Governance


def is_library(governance: Governance) -> bool:
    """Whether every own pack and life cycle is one, under its own name and no name of the package's: in force, anything else would stop every plan.

    Whoever reads the files lints them with lines and steps; this is for what did not come from files.
    """
    if not (governance.own_policies or governance.own_lifecycles):
        return True
    load_extensions()
    try:
        library = library_of(governance)
    except SpecError:
        return False
    if library.own_packs.keys() & packs().keys() or library.own_lifecycles.keys() & templates().keys():
        return False
    if any(one.spec.lifecycle != name or not library.steps(name) for name, one in library.own_lifecycles.items()):
        return False
    return not any(lint_pack(one, library.packs) for one in library.own_packs.values())
