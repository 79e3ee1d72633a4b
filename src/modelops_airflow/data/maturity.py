"""How much of the truth of a data set can be known as of a moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Maturity:
    """What became of the labels that arrive in a file of their own.

    Attributes:
        until: as of when, UTC, ISO 8601.
        matured: rows of this time or an earlier one are mature, UTC, ISO 8601.
        matures_after: how old a row must be, as the model file has it.
        key, time: the columns that rows are joined and dated by.
        rows: of the data; mature: those old enough; undated: those without a time, which are never mature.
        labelled: mature rows with a label.
        early: rows that are not mature and have a label, which is not used.
        unused: labels of no row of the data.
    """

    until: str
    matured: str
    matures_after: str
    key: str
    time: str
    rows: int
    mature: int
    undated: int
    labelled: int
    early: int
    unused: int

    def notes(self) -> list[str]:
        """What a reader must know of it."""
        young = self.rows - self.mature - self.undated
        told = [f"as of {self.until}: {self.mature} of {self.rows} rows are mature ({self.matures_after} or older by {self.time}: {self.matured} at the latest)"]
        if young:
            told.append(f"{young} rows are not mature; their truth is taken as unknown")
        if self.undated:
            told.append(f"{self.undated} rows have no {self.time}; their truth is taken as unknown")
        if self.early:
            told.append(f"{self.early} rows that are not mature have a label already, which is not used")
        if self.mature > self.labelled:
            told.append(f"{self.mature - self.labelled} mature rows have no label")
        if self.unused:
            told.append(f"{self.unused} labels are of no row of the data")
        return told
