"""The protobuf of an ONNX file, walked without the ONNX library: does a tensor live in another file?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# Field numbers of onnx.proto that lead to tensors, by message.
_MESSAGES: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_MORE = 0x80  # this bit of a byte says that the number goes on
_DEPTH = 60


def keeps_tensors_elsewhere(data: bytes) -> bool:
    """Whether any tensor of the model names another file.

    Raises:
        ValueError: the bytes are no well-formed protobuf.
    """
    todo = [("model", memoryview(data), 0)]
    while todo:
        kind, part, depth = todo.pop()
        if depth > _DEPTH:
            raise ValueError("graphs are nested too deeply")
        for number, value in _fields(part):
            if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)):
                return True
            inner = _MESSAGES[kind].get(number)
            if inner and isinstance(value, memoryview):
                todo.append((inner, value, depth + 1))
    return False


def _fields(part: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field number and value: a number, or the bytes of a nested field."""
    at = 0
    while at < len(part):
        tag, at = _varint(part, at, 5)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(part, at, 10)
            yield number, value
            continue
        if wire not in (1, 2, 5) or not number:
            raise ValueError("not the protobuf of an ONNX model")
        size = {1: 8, 5: 4}.get(wire)
        if size is None:
            size, at = _varint(part, at, 10)
        if at + size > len(part):
            raise ValueError("the file is cut off")
        yield number, part[at : at + size]
        at += size


def _varint(part: memoryview, at: int, longest: int) -> tuple[int, int]:
    value = 0
    for index in range(longest):
        if at + index >= len(part):
            raise ValueError("the file is cut off")
        byte = part[at + index]
        value |= (byte & ~_MORE) << (7 * index)
        if byte < _MORE:
            return value, at + index + 1
    raise ValueError("a number is too long")
