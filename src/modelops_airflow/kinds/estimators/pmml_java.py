"""A Java process that holds one PMML model: bounded in memory and time, spoken to with a secret, ended with its owner."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from ...errors import ArtifactError, LibraryMissing
from ..kind import missing_extra

SECONDS = 300.0
"""For one answer."""

_OPTIONS = [
    "-Xmx1g", "-Xss4m", "-XX:+UseSerialGC", "-XX:ActiveProcessorCount=1", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData",
    "-Duser.timezone=UTC", "-Duser.language=en", "-Dfile.encoding=UTF-8",
    "-Djavax.xml.accessExternalDTD=", "-Djavax.xml.accessExternalSchema=", "-Djdk.xml.entityExpansionLimit=1",
]
T = TypeVar("T")


class JavaModel:
    """A model of PMML4S in a process of its own; the process ends when this object does, or this process."""

    def __init__(self, text: str, *, seconds: float = SECONDS) -> None:
        """Start Java and load the model.

        Raises:
            ArtifactError: there is no Java or no library, or the library refuses the model.
        """
        self._seconds, jars = seconds, _jars()
        from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

        logging.getLogger("py4j").setLevel(logging.CRITICAL)  # it tells of an end with many lines; we tell of it with one
        said: deque[str] = deque(maxlen=1)  # what it prints is nobody's
        try:
            port, secret, process = launch_gateway(
                classpath=str(jars / "*"), javaopts=_OPTIONS, die_on_exit=True, redirect_stdout=said, redirect_stderr=said,
                java_path=None, create_new_process_group=True, enable_auth=True, return_proc=True)
        except FileNotFoundError:
            raise LibraryMissing("kind pmml needs Java, which is not installed here; install a Java runtime (on Debian: "
                                "apt-get install default-jre-headless), or set JAVA_HOME to where it is") from None
        except Exception as error:  # py4j raises its own where Java starts and ends at once
            raise ArtifactError(f"Java does not start: {str(error)[:200]}") from None
        self._process = process
        self._gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=secret, enable_memory_management=False))
        weakref.finalize(self, _stop, process, self._gateway)
        self._model: Any = self._asked(lambda: self._gateway.jvm.org.pmml4s.model.Model.fromString(text))
        self._asked(lambda: self._model.setSupplementOutput(True))

    def outputs(self) -> list[tuple[str, str, str | None]]:
        """Name, what it is, and of which label, for each output."""
        return self._asked(lambda: [(str(one.name()), one.feature().toString(), str(one.value().get()) if one.value().isDefined() else None)
                                    for one in self._model.outputFields()])

    def classes(self) -> list[str]:
        """The labels of a classification."""
        return self._asked(lambda: [str(one.toVal()) for one in self._model.classes()])

    def predict(self, rows: str) -> str:
        """Answers for rows, both as JSON."""
        return str(self._asked(lambda: self._model.predict(rows)))

    def _asked(self, ask: Callable[[], T]) -> T:
        late = threading.Event()
        timer = threading.Timer(self._seconds, _too_late, (late, self._process))
        timer.daemon = True
        timer.start()
        try:
            return ask()
        except Exception as error:  # what Java raises, and what py4j raises when Java is gone
            if late.is_set():
                raise ArtifactError(f"the model did not answer within {self._seconds:g} seconds and was stopped") from None
            if _ended(self._process, error):
                raise ArtifactError("the model's Java process ended without an answer; it may need more than 1 GiB of memory") from None
            raise ArtifactError(f"PMML4S refuses it: {_told(error)}") from None
        finally:
            timer.cancel()


def _jars() -> Path:
    """Where pypmml keeps PMML4S; pypmml itself shares one process among all models and lets anybody on the machine speak to it."""
    found = find_spec("pypmml")
    if found is None or found.origin is None or find_spec("py4j") is None:
        raise missing_extra("pmml", "pmml")
    return Path(found.origin).parent / "jars"


def _told(error: Exception) -> str:
    java = getattr(error, "java_exception", None)
    lines = (str(java.getMessage() if java is not None else error) or type(error).__name__).splitlines()
    return (lines or [""])[0][:200]


def _ended(process: Any, error: Exception) -> bool:
    """Whether it is gone; an error of the network comes a moment before the end."""
    from py4j.protocol import Py4JNetworkError

    with suppress(subprocess.TimeoutExpired):
        process.wait(5 if isinstance(error, Py4JNetworkError | OSError) else 0)
    return process.poll() is not None


def _too_late(late: threading.Event, process: Any) -> None:
    late.set()
    _kill(process)


def _kill(process: Any) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _stop(process: Any, gateway: Any) -> None:
    """End the process, and leave nothing of it."""
    gateway.close()
    _kill(process)
    process.wait()
    process.stdin.close()
