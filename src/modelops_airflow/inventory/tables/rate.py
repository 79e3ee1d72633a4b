"""How often somebody asked."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base


class RateRow(Base):
    """How many requests somebody made in one minute."""

    __tablename__ = "modelops_rate"
    who: Mapped[str] = mapped_column(String(300), primary_key=True)
    window_start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # minutes since 1970
    count: Mapped[int] = mapped_column(default=0)
