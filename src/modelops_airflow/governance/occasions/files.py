"""Files that are broken, and a governance that waits."""

from __future__ import annotations

from ...digest import digest_of
from ...policy.occasion import Occasion
from ..activate import row_of
from .around import Around


def file_occasions(around: Around) -> list[Occasion]:
    """Each model whose file has mistakes now, and the governance that waits to be put in force."""
    found = [
        around.of_model(model.id, "file-broken", f"file {model.id} {digest_of(model.problems)}",
                        f"The file of {around.called(model.id)} has {len(model.problems)} {'mistake' if len(model.problems) == 1 else 'mistakes'}.",
                        around.owner(model.id), "run modelops validate, correct the file, and commit it")
        for model in around.models.values() if model.present and model.problems
    ]
    waits = row_of(around.session, "pending")
    if waits is None:
        return found
    return [*found, Occasion("governance-waits", f"governance {waits.digest}", "A change of governance.yaml waits to be put in force.",
                             "the control side", "read what would change on the page Models, then confirm it there", "/plugin/models")]
