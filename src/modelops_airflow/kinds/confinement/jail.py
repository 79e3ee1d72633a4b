"""A process of its own for a model that could run code: one for each batch of rows, killed afterwards.

The model's bytes and the rows go in by pipe, numbers and labels come out; the answer is read as bare
numbers of the length asked for, so nothing of the model's reaches this process. Where the kernel cannot keep
it from the network and from files, no model is loaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import site
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ...errors import ArtifactError
from .jailed import NUMBERS
from .lockdown import lacking

if TYPE_CHECKING:
    import pyarrow as pa

_ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT"), "1")
_ROOM = 1 << 20  # bytes of answer besides the numbers
_START = "import json, sys; sys.path[:0] = json.loads(sys.argv[1]); from modelops_airflow.kinds.confinement.jailed import main; main()"
_LOOK = "import json, sys; sys.path[:0] = json.loads(sys.argv[1]); from modelops_airflow.kinds.confinement.lockdown import look; look()"


@dataclass(frozen=True)
class Limits:
    """What one batch may take.

    Attributes:
        memory: bytes of address space; libraries alone reserve about 1 GiB.
        processor: seconds of processor time.
        clock: seconds until the process group is killed.
    """

    memory: int = 6 << 30
    processor: int = 600
    clock: float = 900.0


LIMITS = Limits()

WHERE = "run tasks where containers may make user name spaces and the kernel has Landlock (`modelops doctor` there says what is missing)"
MEND = f"{WHERE}, or save the model as skops or onnx"


@dataclass(frozen=True)
class Answer:
    """What came out of the jail.

    Attributes:
        table: `prediction`, and `score` where there is a probability.
        network: what kept the model from the network.
        files: what kept it from files.
    """

    table: pa.Table
    network: str
    files: str


def score_in_jail(
    data: bytes, rows: pa.Table, *, arrays: bool, modules: Sequence[str], limits: Limits = LIMITS
) -> Answer:
    """Load a walked pickle in a fresh jail and score rows with it.

    Raises:
        ArtifactError: the system cannot hold a jail and nothing was loaded; the model fails, takes too much, or answers
            something else than a number or label a row.
    """
    orders = {"arrays": arrays, "modules": list(modules), "readable": [*library_paths(), *_standard_library()]}
    return ask(orders, data, rows, limits, _ROOM + rows.num_rows * 16 + 64 * len(data))


def ask(orders: Mapping[str, Any], data: bytes, rows: pa.Table, limits: Limits, most: int) -> Answer:
    """Start a jail with orders, the model's bytes and rows, and read an answer of at most so many bytes.

    Raises:
        ArtifactError: as `score_in_jail`.
    """
    whole = {**orders, "memory": limits.memory, "seconds": limits.processor}
    return _answer(_run([json.dumps(whole).encode(), data, _stream(rows)], library_paths(), limits, most), rows.num_rows)


@dataclass(frozen=True)
class Strength:
    """What keeps a jail on this machine from the network and from files."""

    network: str
    files: str

    @property
    def lacks(self) -> list[str]:
        """What the kernel does not hold; a pickled model is scored only where it is empty."""
        return lacking(self.network, self.files)


def strength() -> Strength:
    """Lock a process without any model, and see.

    Raises:
        ArtifactError: there is no jail on this system at all.
    """
    ended = subprocess.run(  # noqa: S603 - this interpreter, no shell, nothing of a user's in the arguments
        [sys.executable, "-I", "-S", "-B", "-c", _LOOK, json.dumps(library_paths())],
        capture_output=True, check=False, timeout=60, env=_ONE,
    )
    try:
        told = json.loads(ended.stdout)
        return Strength(str(told["network"]), str(told["files"]))
    except (ValueError, KeyError):
        raise ArtifactError(f"a process cannot be locked in on this system ({_told(ended.returncode)})") from None


def _run(parts: Sequence[bytes], paths: Sequence[str], limits: Limits, most: int) -> bytes:
    """The bytes the process answered."""
    with tempfile.TemporaryDirectory(prefix="modelops-jail-") as empty:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, no shell, nothing of a user's in the arguments
            [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START, json.dumps(list(paths))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=_ONE, cwd=empty, start_new_session=True,
        )
        late = threading.Event()
        timer = threading.Timer(limits.clock, _stop, (process, late))
        timer.start()
        try:
            assert process.stdin is not None and process.stdout is not None  # noqa: S101 - pipes were asked for
            threading.Thread(target=_feed, args=(process.stdin, parts), daemon=True).start()
            told = process.stdout.read(most + 1)
            if len(told) > most:
                _kill(process)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # how it ended by itself says more than our kill
        finally:
            timer.cancel()
            _kill(process)
            code = process.wait()
            process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
    if late.is_set():
        raise ArtifactError(f"the model did not answer within {limits.clock:g} seconds and was stopped")
    if len(told) > most:
        raise ArtifactError(f"the model answered more than {most} bytes and was stopped")
    if not told:
        raise ArtifactError(f"the model's process ended without an answer ({_told(code)}); it may need more memory or time than it has")
    return told


def _feed(pipe: IO[bytes], parts: Sequence[bytes]) -> None:
    try:
        for part in parts:
            pipe.write(struct.pack("<Q", len(part)))
            pipe.write(part)
        pipe.close()
    except (BrokenPipeError, ValueError):  # it was killed; the reader says why
        return


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and all of its group; it may have ended before."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _told(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _answer(told: bytes, rows: int) -> Answer:
    """Numbers out of the bytes; every length is checked before it is believed."""
    try:
        size = struct.unpack("<Q", told[:8])[0]
        header: dict[str, Any] = json.loads(told[8 : 8 + size])
        lacks = lacking(header["network"], header["files"])
        if lacks:
            raise ArtifactError(f"the model was not loaded: this system cannot keep a model in, it has {' and '.join(lacks)}; {MEND}")
        if "error" in header:
            raise ArtifactError(f"the model cannot score the data: {str(header['error'])[:300]}")
        columns, at = {}, 8 + size
        for one in header["columns"]:
            columns[str(one["name"])] = _column(one, told[at : at + rows * 8], rows)
            at += rows * (1 if one["kind"] == "b" else 8)
        if at != len(told) or list(columns) not in (["prediction"], ["prediction", "score"]):
            raise ValueError("other columns or bytes than asked for")
        import pyarrow as pa

        return Answer(pa.table(columns), str(header["network"])[:40], str(header["files"])[:40])
    except (ValueError, KeyError, TypeError, IndexError, struct.error, RecursionError) as error:
        raise ArtifactError(f"the model's process answered something else than numbers: {str(error)[:100]}") from None


def _column(told: Mapping[str, Any], blob: bytes, rows: int) -> Any:
    import numpy as np
    import pyarrow as pa

    if told["rows"] != rows:
        raise ValueError(f"{told['rows']} answers for {rows} rows")
    values = np.frombuffer(blob, dtype=NUMBERS[told["kind"]], count=rows)
    if told["labels"] is None:
        return pa.array(values.astype(bool) if told["kind"] == "b" else values)
    return pa.array([str(told["labels"][code])[:1000] for code in values.tolist()], pa.string())


def _stream(rows: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def library_paths() -> list[str]:
    """Where libraries are: installed ones and this package, never a folder of DAGs or the working folder."""
    ours = importlib.util.find_spec(__name__.split(".", maxsplit=1)[0])
    found = [*site.getsitepackages(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    if ours is not None and ours.origin is not None:
        found.append(str(Path(ours.origin).parent.parent))
    return [path for path in dict.fromkeys(found) if Path(path).is_dir()]


def _standard_library() -> list[str]:
    return [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sys.base_prefix]
