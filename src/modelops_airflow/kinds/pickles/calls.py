"""Functions that a pickle may call, and with which arguments. Anything else is not called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .allowed import CALLED
from .dtype import DTYPE, good_arguments, good_state, holds_objects, is_dtype, item_size
from .imagined import Box, Bytes, Made, Name, kept, size_of

Args = tuple[Any, ...]


def may_call(name: Name, args: Args) -> bool:
    """Whether a pickle may call this function or class with these arguments."""
    if name.name not in CALLED.get(name.module, ()):
        return False
    return _RULES.get(name.name, _no_names)(name, args)


def result_of(name: Name, args: Args) -> object:
    """What the call would give; bytes, where protocol 2 spells them as a call."""
    if name == ENCODE:
        text: str = args[0]
        return kept(text.encode("latin1")) if len(text) <= 64 else Bytes(len(text))
    if name.name == "bytes" and not args:
        return b""
    return Made(name, args)


def may_be_set(target: Made, state: object) -> bool:
    """Whether the state of an object may be set to this: what its library writes, and no name with two underscores."""
    if target.by == DTYPE:
        return good_state(target, state)
    if target.by.name == "_reconstruct":
        return _good_array_state(target, state)
    if target.by.name in _STATELESS:
        return False
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    return not any(isinstance(part, Box) and any(key.startswith("__") for key in part.items) for part in parts)


def _good_array_state(made: Made, state: object) -> bool:
    """Whether a state fits a numpy array: version, shape, an honest type, order, and bytes or a list of objects."""
    if not isinstance(state, tuple) or len(state) != 5 or made.state is not None:
        return False
    version, shape, dtype, order, content = state
    if version != 1 or not is_shape(shape) or not isinstance(order, bool | int) or not is_dtype(dtype):
        return False
    if holds_objects(dtype):
        return isinstance(content, Box) and content.kind == "list"
    return size_of(content) is not None


def is_shape(value: object) -> bool:
    """Whether a value is a tuple of at most 64 sizes."""
    return isinstance(value, tuple) and len(value) <= 64 and all(isinstance(one, int) and 0 <= one < 1 << 48 for one in value)


def _no_names(_name: Name, args: Args) -> bool:
    """No class or function among the arguments: nothing that the called could call in turn."""
    return not any(isinstance(one, Name) or (isinstance(one, tuple) and any(isinstance(two, Name) for two in one)) for one in args)


def _same_module(name: Name, args: Args) -> bool:
    """Compiled classes are made by a function of their own module, which gets the class."""
    return bool(args) and isinstance(args[0], Name) and args[0].module == name.module and _no_names(name, args[1:])


def _reconstruct(_name: Name, args: Args) -> bool:
    return args == (NDARRAY, (0,), b"b")


def _scalar(_name: Name, args: Args) -> bool:
    return len(args) == 2 and is_dtype(args[0]) and not holds_objects(args[0]) and size_of(args[1]) == item_size(args[0])


def _from_buffer(_name: Name, args: Args) -> bool:
    if len(args) not in (4, 5) or size_of(args[0]) is None or not is_dtype(args[1]) or holds_objects(args[1]):
        return False
    return is_shape(args[2]) and isinstance(args[3], str) and (len(args) == 4 or args[4] is None or is_shape(args[4]))


def _encode(_name: Name, args: Args) -> bool:
    return len(args) == 2 and isinstance(args[0], str) and args[1] == "latin1" and max(args[0], default="") < "\u0100"


def _random(_name: Name, args: Args) -> bool:
    """A generator's parts are its own, made before or named."""
    return all(isinstance(one, str | Made) or (isinstance(one, Name) and one.module.startswith("numpy.random.")) for one in args)


ENCODE, NDARRAY = Name("_codecs", "encode"), Name("numpy", "ndarray")
_STATELESS = frozenset({"ndarray", "scalar", "_frombuffer", "encode", "bytes", "slice", "set", "frozenset", "complex"})
"""Complete when they are made; numpy's arrays would take another state without looking."""
_RULES: Mapping[str, Callable[[Name, Args], bool]] = {
    "dtype": lambda _name, args: good_arguments(args),
    "_reconstruct": _reconstruct, "scalar": _scalar, "_frombuffer": _from_buffer, "encode": _encode,
    "newObj": _same_module, "__pyx_unpickle_SeedSequence": _same_module, "__pyx_unpickle_CyHalfMultinomialLoss": _same_module,
    "__bit_generator_ctor": _random, "__generator_ctor": _random, "__randomstate_ctor": _random,
}
