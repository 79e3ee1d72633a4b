"""Reads a pickle without loading it: what it names, what it calls, where it ends.

A pickle has no jumps, so following its operations over imagined values (`imagined.py`) is exact: a
name is known, or it is refused. Only operations that today's picklers write for models are read
(protocols 2 to 5); whatever else there is ends the reading.
"""

from __future__ import annotations

import io
import pickletools
from dataclasses import dataclass
from typing import Any

from .arrays import WRAPPER, array_end, good_wrapper_state
from .calls import NDARRAY
from .imagined import Made
from .stack import Notes, Objection, Stack

MOST = 150_000
"""Operations of one file: about a second of reading, and 900 trees."""


@dataclass
class Walk(Notes):
    """One reading of one file.

    Attributes:
        data: the peeled bytes.
        arrays: bytes of numpy arrays may follow their description, as joblib writes them.
    """

    data: bytes = b""
    arrays: bool = False
    _count: int = 0

    def whole(self) -> Any:
        """Read the one pickle that the bytes must be.

        Raises:
            Objection: they are not.
        """
        end, root = _Pickle(self, 0, self.arrays).read()
        if end != len(self.data):
            more = "a second pickle" if self.data[end : end + 1] == b"\x80" else f"{len(self.data) - end} bytes"
            raise Objection(f"{more} after the end of the pickle, at byte {end}; expected exactly one pickle")
        return root

    def count(self) -> None:
        """One more operation."""
        self._count += 1
        if self._count > MOST:
            raise Objection(f"more than {MOST} operations; export a model this large to ONNX")


class _Pickle:
    """One pickle of the file; an array of objects in a file of joblib is another."""

    def __init__(self, walk: Walk, start: int, arrays: bool) -> None:
        self.walk, self.start, self.arrays = walk, start, arrays
        self.stack = Stack(walk.data, walk, arrays=arrays)
        self.frame_end = start

    def read(self) -> tuple[int, Any]:
        """Where the pickle ends, and what it leaves."""
        stream = io.BytesIO(self.walk.data)
        stream.seek(self.start)
        try:
            for opcode, arg, at in pickletools.genops(stream):
                self.walk.count()
                end = stream.tell()
                self._framed(opcode.name, arg, int(at or 0), end)
                if opcode.name == "STOP":
                    return end, self.stack.last()
                self.stack.do(opcode.name, arg, int(at or 0))
                if opcode.name == "BUILD":
                    stream.seek(self._array(end))
        except Objection:
            raise
        except (ValueError, IndexError, KeyError, OverflowError, EOFError, MemoryError, Warning) as error:
            raise Objection(f"this is no readable pickle: {(str(error) or type(error).__name__)[:120]}") from None
        raise Objection("the pickle is cut off")

    def _framed(self, op: str, arg: Any, at: int, end: int) -> None:
        """Frames hold whole operations, one after the other; the first operation tells the protocol."""
        if (at == self.start) != (op == "PROTO") or (op == "PROTO" and not 2 <= arg <= 5):
            raise Objection("a pickle of protocol 2 to 5 begins with its protocol, once; save the model with pickle.dump of Python 3")
        if op == "FRAME":
            if at < self.frame_end or arg > len(self.walk.data) - end:
                raise Objection(f"a frame at byte {at} lies within another or beyond the end")
            self.frame_end = end + arg
        elif at < self.frame_end < end or (op == "STOP" and self.frame_end > end):
            raise Objection(f"the operation at byte {at} does not fit its frame")

    def _array(self, at: int) -> int:
        """Where the next operation is: behind the bytes of an array, if its description was just built."""
        made = self.stack.top
        if made.by != WRAPPER:
            return at
        if not self.arrays or self.frame_end > at or not good_wrapper_state(made.state):
            raise Objection(f"the description of an array at byte {at} is not as joblib writes it")
        end = array_end(self.walk.data, at, made.state.items)
        if end is None:  # an array of objects is a pickle of its own
            end, root = _Pickle(self.walk, at, arrays=False).read()
            if not isinstance(root, Made) or root.by.name != "_reconstruct":
                raise Objection(f"the array of objects at byte {at} is something else")
        self.stack.stack[-1] = Made(NDARRAY, (), state=made.state)
        return end
