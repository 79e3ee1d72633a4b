"""Reads a pickle without loading it: what it names, what it calls, where it ends.

A pickle has no jumps, so following its operations over imagined values (`imagined.py`) is exact: a
name is known, or it is refused. Only operations that today's picklers write for models are read
(protocols 2 to 5); whatever else there is ends the reading.
"""

from __future__ import annotations

import io
import pickletools
from dataclasses import dataclass, field
from typing import Any

from .allowed import MADE, is_allowed
from .arrays import WRAPPER, array_end, good_wrapper_state
from .calls import NDARRAY, good_array_state, may_call, result_of
from .dtype import DTYPE, good_state
from .imagined import Box, Bytes, Made, Name, kept

MOST = 200_000
"""Operations of one file, about a second of reading; a forest of 100 trees has about 10,000."""
_MARK = object()
_EMPTY = {"EMPTY_LIST": "list", "EMPTY_DICT": "dict", "EMPTY_SET": "set"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"})
_BYTES = frozenset({"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"})
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_FILLED = frozenset({("collections", "OrderedDict"), ("sklearn.utils._bunch", "Bunch")})
_SKIPPED = frozenset({"PROTO", "FRAME"})


class Objection(Exception):
    """The pickle cannot be read further; the message says why."""


@dataclass
class Walk:
    """One reading of one file.

    Attributes:
        data: the peeled bytes.
        arrays: bytes of numpy arrays may follow their description, as joblib writes them.
        untrusted: names that are not allowed, or not so used, in the order found.
        findings: other objections.
        modules: where the allowed names are from.
    """

    data: bytes
    arrays: bool
    untrusted: dict[str, None] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
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

    def distrust(self, name: Name) -> None:
        """Note a name."""
        self.untrusted[str(name)[:200]] = None

    def count(self) -> None:
        """One more operation."""
        self._count += 1
        if self._count > MOST:
            raise Objection(f"more than {MOST} operations; export a model this large to ONNX")


class _Pickle:
    def __init__(self, walk: Walk, start: int, arrays: bool) -> None:
        self.walk, self.start, self.arrays = walk, start, arrays
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
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
                    return end, self._root()
                self._do(opcode.name, arg, int(at or 0))
                if opcode.name == "BUILD":
                    stream.seek(self._array(end))
        except Objection:
            raise
        except (ValueError, IndexError, KeyError, OverflowError, EOFError, MemoryError) as error:
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

    def _do(self, op: str, arg: Any, at: int) -> None:
        if op in _SKIPPED:
            return
        if op in _VALUES:
            self.stack.append(arg)
        elif op in _BYTES:
            self.stack.append(kept(arg) if op != "BYTEARRAY8" else Bytes(len(arg)))
        elif op in _CONSTANTS:
            self.stack.append(_CONSTANTS[op])
        elif op in _EMPTY:
            self.stack.append(Box(_EMPTY[op]))
        elif op in _TUPLES:
            self._tuple(_TUPLES[op])
        elif (special := getattr(self, f"_op_{op.lower()}", None)) is not None:
            special(arg, at)
        else:
            raise Objection(f"operation {op} at byte {at}; models need none such")

    def _pop(self) -> Any:
        if not self.stack or self.stack[-1] is _MARK:
            raise Objection("an operation finds nothing on the stack")
        return self.stack.pop()

    def _since_mark(self) -> list[Any]:
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place] is _MARK:
                found = self.stack[place + 1 :]
                del self.stack[place:]
                return found
        raise Objection("an operation finds no mark on the stack")

    def _tuple(self, size: int) -> None:
        self.stack.append(tuple(reversed([self._pop() for _ in range(size)])))

    def _root(self) -> Any:
        root = self._pop()
        if self.stack:
            raise Objection("the pickle leaves more than one object")
        return root

    def _op_mark(self, _arg: Any, _at: int) -> None:
        self.stack.append(_MARK)

    def _op_tuple(self, _arg: Any, _at: int) -> None:
        self.stack.append(tuple(self._since_mark()))

    def _op_frozenset(self, _arg: Any, _at: int) -> None:
        self._since_mark()
        self.stack.append(Box("frozenset"))

    def _op_memoize(self, _arg: Any, at: int) -> None:
        self._op_binput(len(self.memo), at)

    def _op_binput(self, arg: Any, at: int) -> None:
        if not 0 <= arg <= at:  # an index of its own choice would make the loader reserve memory for all below it
            raise Objection(f"memo {arg} at byte {at} is out of order")
        if not self.stack or self.stack[-1] is _MARK:
            raise Objection("an operation finds nothing on the stack")
        self.memo[arg] = self.stack[-1]

    _op_long_binput = _op_binput

    def _op_binget(self, arg: Any, at: int) -> None:
        if arg not in self.memo:
            raise Objection(f"memo {arg} is read at byte {at} and was never written")
        self.stack.append(self.memo[arg])

    _op_long_binget = _op_binget

    def _op_append(self, _arg: Any, at: int) -> None:
        self._pop()
        self._fill("list", at)

    def _op_appends(self, _arg: Any, at: int) -> None:
        self._since_mark()
        self._fill("list", at)

    def _op_additems(self, _arg: Any, at: int) -> None:
        self._since_mark()
        self._fill("set", at)

    def _op_setitem(self, _arg: Any, at: int) -> None:
        value, key = self._pop(), self._pop()
        self._fill("dict", at, [key, value])

    def _op_setitems(self, _arg: Any, at: int) -> None:
        self._fill("dict", at, self._since_mark())

    def _fill(self, kind: str, at: int, pairs: list[Any] | None = None) -> None:
        target = self.stack[-1] if self.stack else None
        if isinstance(target, Made) and kind == "dict" and (target.by.module, target.by.name) in _FILLED:
            return
        if not isinstance(target, Box) or target.kind != kind or len(pairs or ()) % 2:
            raise Objection(f"the operation at byte {at} fills something that is no {kind}")
        for key, value in zip((pairs or ())[::2], (pairs or ())[1::2], strict=True):
            if isinstance(key, str):
                target.items[key] = value

    def _op_global(self, _arg: Any, at: int) -> None:
        # from the bytes themselves: pickletools resolves escapes here, loaders do not
        module, name = self.walk.data[at + 1 :at + 1001].split(b"\n", 2)[:2]
        self._name(module.decode(), name.decode())

    def _op_stack_global(self, _arg: Any, at: int) -> None:
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise Objection(f"a name at byte {at} is computed; expected it to be written")
        self._name(module, name)

    def _name(self, module: str, name: str) -> None:
        found = Name(module, name)
        if not (is_allowed(module, name) or (self.arrays and found == WRAPPER)):
            self.walk.distrust(found)
        elif found != WRAPPER:
            self.walk.modules.add(module)
        self.stack.append(found)

    def _op_reduce(self, _arg: Any, at: int) -> None:
        args, called = self._pop(), self._pop()
        if not isinstance(called, Name) or not isinstance(args, tuple):
            raise Objection(f"at byte {at} something is called that is not named")
        if not may_call(called, args):
            self.walk.distrust(called)
            self.stack.append(Made(called, ()))
            return
        self.stack.append(result_of(called, args))

    def _op_newobj(self, _arg: Any, at: int) -> None:
        args, made = self._pop(), self._pop()
        if not isinstance(made, Name) or not isinstance(args, tuple):
            raise Objection(f"at byte {at} something is made of a class that is not named")
        if made != WRAPPER and made.name not in MADE.get(made.module, ()):
            self.walk.distrust(made)
        if args:
            self.walk.findings.append(f"{made} is made with arguments; expected none")
        self.stack.append(Made(made, ()))

    def _op_build(self, _arg: Any, at: int) -> None:
        state = self._pop()
        target = self.stack[-1] if self.stack else None
        if not isinstance(target, Made):
            raise Objection(f"at byte {at} the state of something is set that the pickle did not make")
        if not _good(target, state):
            self.walk.findings.append(f"the state of {target.by} at byte {at} is not as its library writes it")
        target.state = state

    def _array(self, at: int) -> int:
        """Where the next operation is: behind the bytes of an array, if its description was just built."""
        made = self.stack[-1]
        if made.by != WRAPPER:
            return at
        if not self.arrays or self.frame_end > at or not good_wrapper_state(made.state):
            raise Objection(f"the description of an array at byte {at} is not as joblib writes it")
        end = array_end(self.walk.data, at, made.state.items)
        if end is None:  # an array of objects is a pickle of its own
            end, root = _Pickle(self.walk, at, arrays=False).read()
            if not isinstance(root, Made) or root.by.name != "_reconstruct":
                raise Objection(f"the array of objects at byte {at} is something else")
        self.stack[-1] = Made(NDARRAY, (), state=made.state)
        return end


def _good(target: Made, state: object) -> bool:
    if target.by == DTYPE:
        return good_state(target, state)
    if target.by.name == "_reconstruct":
        return good_array_state(target, state)
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    return not any(isinstance(part, Box) and any(key.startswith("__") for key in part.items) for part in parts)
