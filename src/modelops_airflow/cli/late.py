"""The options of `modelops check` about labels that arrive late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    from ..data.dataset import Dataset


@dataclass(frozen=True)
class Late:
    """Labels as the command line names them.

    Attributes:
        as_of: None: the newest time of the data.
    """

    path: str
    key: str
    matures_after: str
    as_of: datetime | None

    @classmethod
    def named(cls, path: str | None, key: str, matures_after: str, as_of: datetime | None) -> Late | None:
        """What the options come to; None where none is given.

        Raises:
            DataError: one is given and another is lacking, or it is as of a time to come.
        """
        if path is None and not key and not matures_after and as_of is None:
            return None
        if not path or not key or not matures_after:
            raise DataError("--labels, --labels-key and --matures-after go together, and --as-of with them; name all three, or none")
        moment = None if as_of is None else as_of.replace(tzinfo=as_of.tzinfo or UTC)
        if moment is not None and moment > datetime.now(UTC):
            raise DataError(f"--as-of {moment:%Y-%m-%d} is in the future; as of that time more rows would be mature than are")
        return cls(path, key, matures_after, moment)

    def join(self, data: Dataset, source: Dataset, columns: Mapping[str, Any]) -> tuple[Dataset, dict[str, Any]]:
        """The data with its labels, and the columns with the key ignored.

        Raises:
            DataError: no column is named for the truth, or none for the time.
        """
        from ..data.late import Labels, LateDataset, keyless

        for role in ("target", "time"):
            if not columns.get(role):
                raise DataError(f"labels that arrive late need a {role} column; add {role}=... to --columns")
        labels = Labels(source, self.key, columns["target"], columns["time"], self.matures_after, self.as_of)
        return LateDataset(data.name, data.files, data.query, data.span, labels=labels), dict(keyless(columns, self.key))
