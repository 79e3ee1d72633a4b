"""The stack of a pickle, followed over imagined values, one operation after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .allowed import MADE, is_allowed
from .arrays import WRAPPER
from .calls import may_be_set, may_call, result_of
from .imagined import Box, Bytes, Made, Name, kept

_MARK = object()
_EMPTY = {"EMPTY_LIST": "list", "EMPTY_DICT": "dict", "EMPTY_SET": "set"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"})
_BYTES = frozenset({"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"})
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_FILLED = frozenset({("collections", "OrderedDict"), ("sklearn.utils._bunch", "Bunch")})
_SKIPPED = frozenset({"PROTO", "FRAME", "STOP"})


class Objection(Exception):
    """The pickle cannot be read further; the message says why."""


@dataclass
class Notes:
    """What was noticed on the way.

    Attributes:
        untrusted: names that are not allowed, or not so used, in the order found.
        findings: other objections.
        modules: where the allowed names are from.
    """

    untrusted: dict[str, None] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)

    def distrust(self, name: Name) -> None:
        """Note a name."""
        self.untrusted[str(name)[:200]] = None


class Stack:
    """What lies on the stack and in the memo."""

    def __init__(self, data: bytes, notes: Notes, *, arrays: bool) -> None:
        self.data, self.notes, self.arrays = data, notes, arrays
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    @property
    def top(self) -> Any:
        """What the last operation left."""
        return self.stack[-1]

    def do(self, op: str, arg: Any, at: int) -> None:
        """One operation.

        Raises:
            Objection: it is none that models need, or it cannot be done.
        """
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

    def last(self) -> Any:
        """The one object that is left in the end."""
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
        if not isinstance(target, Box) or target.kind != kind or target.closed or len(pairs or ()) % 2:
            raise Objection(f"the operation at byte {at} fills something that is no {kind}, or a finished one")
        for key, value in zip((pairs or ())[::2], (pairs or ())[1::2], strict=True):
            if isinstance(key, str):
                target.items[key] = value

    def _op_global(self, _arg: Any, at: int) -> None:
        # from the bytes themselves: pickletools resolves escapes here, loaders do not
        module, name = self.data[at + 1 :at + 1001].split(b"\n", 2)[:2]
        self._name(module.decode(), name.decode())

    def _op_stack_global(self, _arg: Any, at: int) -> None:
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise Objection(f"a name at byte {at} is computed; expected it to be written")
        self._name(module, name)

    def _name(self, module: str, name: str) -> None:
        found = Name(module, name)
        if not (is_allowed(module, name) or (self.arrays and found == WRAPPER)):
            self.notes.distrust(found)
        elif found != WRAPPER:
            self.notes.modules.add(module)
        self.stack.append(found)

    def _op_reduce(self, _arg: Any, at: int) -> None:
        args, called = self._pop(), self._pop()
        if not isinstance(called, Name) or not isinstance(args, tuple):
            raise Objection(f"at byte {at} something is called that is not named")
        if not may_call(called, args):
            self.notes.distrust(called)
            self.stack.append(Made(called, ()))
            return
        self.stack.append(result_of(called, args))

    def _op_newobj(self, _arg: Any, at: int) -> None:
        args, made = self._pop(), self._pop()
        if not isinstance(made, Name) or not isinstance(args, tuple):
            raise Objection(f"at byte {at} something is made of a class that is not named")
        if made != WRAPPER and made.name not in MADE.get(made.module, ()):
            self.notes.distrust(made)
        if args:
            self.notes.findings.append(f"{made} is made with arguments; expected none")
        self.stack.append(Made(made, ()))

    def _op_build(self, _arg: Any, at: int) -> None:
        state = self._pop()
        target = self.stack[-1] if self.stack else None
        if not isinstance(target, Made):
            raise Objection(f"at byte {at} the state of something is set that the pickle did not make")
        if not may_be_set(target, state):
            self.notes.findings.append(f"the state of {target.by} at byte {at} is not as its library writes it")
        target.state = state
