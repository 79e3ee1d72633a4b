"""Spark: `spark://host:port`, or `spark://local[n]` in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...errors import DataError
from .session import Answer, Session, told
from .statement import Statement

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class _Spark:
    """A session of Spark's; each query sees the tables as they are then."""

    dialect = "spark"

    def __init__(self, session: SparkSession, name: str, errors: type[Exception]) -> None:
        self._session, self._name, self._errors = session, name, errors

    def answer(self, statement: Statement, values: Mapping[str, datetime], size: int) -> Answer:
        """Run a statement."""
        bound = {name: values[name] for name in statement.bounds}
        with told(self._name, self._errors):
            frame: Any = self._session.sql(statement.text(lambda name: f":{name}"), args=bound)
            names, types = tuple(frame.columns), tuple(kind.lower() for _, kind in frame.dtypes)

        def batches() -> Iterator[list[tuple[Any, ...]]]:
            with told(self._name, self._errors):
                rows = frame.toLocalIterator()
            while True:
                with told(self._name, self._errors):
                    batch = [tuple(row) for row in islice(rows, size)]
                if not batch:
                    return
                yield batch

        return Answer(names, types, batches())


@contextmanager
def spark_session(url: str, name: str) -> Iterator[Session]:
    """A session on a cluster; one that is there already is taken, and is left running."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise DataError(f"query of {name} needs Spark; install modelops-airflow[spark]") from None

    builder: Any = SparkSession.builder
    master = url.removeprefix("spark://") if url.startswith("spark://local") else url
    with told(name, PySparkException, RuntimeError):
        session = builder.master(master).getOrCreate()
    yield _Spark(session, name, PySparkException)
