"""Universal Binary JSON (draft 12), as far as XGBoost writes it; every length is checked before it is believed.

Source: https://ubjson.org, the specification of draft 12.
"""

from __future__ import annotations

import struct
from typing import Any

_NUMBERS = {"i": "b", "U": "B", "I": "h", "l": "i", "L": "q", "d": "f", "D": "d"}
_SIZES = {"i": 1, "U": 1, "I": 2, "l": 4, "L": 8, "d": 4, "D": 8}
_WORDS = {"T": True, "F": False}
_DEPTH = 32


def read_ubjson(data: bytes) -> Any:
    """Objects as dictionaries, typed arrays as NumPy arrays, other arrays as lists.

    Raises:
        ValueError: the bytes are something else, cut off, or go on behind the end.
    """
    reader = _Reader(data)
    found = reader.value(reader.marker(), 0)
    if reader.at != len(data):
        raise ValueError(f"{len(data) - reader.at} bytes follow the end")
    return found


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def marker(self) -> str:
        return chr(self._take(1)[0])

    def value(self, marker: str, depth: int) -> Any:
        if depth > _DEPTH:
            raise ValueError("it is nested too deeply")
        if marker in _NUMBERS:
            return self._number(marker)
        if marker in _WORDS:
            return _WORDS[marker]
        if marker == "S":
            return self._text()
        if marker == "[":
            return self._array(depth)
        if marker == "{":
            return self._object(depth)
        raise ValueError(f"byte {self.at - 1} is {marker!r}, which begins no value")

    def _take(self, size: int) -> bytes:
        if size < 0 or size > len(self.data) - self.at:
            raise ValueError(f"it is cut off: {size} bytes are said to be at byte {self.at}, {len(self.data) - self.at} are")
        self.at += size
        return self.data[self.at - size : self.at]

    def _number(self, marker: str) -> Any:
        return struct.unpack(f">{_NUMBERS[marker]}", self._take(_SIZES[marker]))[0]

    def _length(self) -> int:
        if (marker := self.marker()) != "L":  # XGBoost reads no other, whatever the specification allows
            raise ValueError(f"a length is written as {marker!r}; expected 'L'")
        return int(self._number("L"))

    def _text(self) -> str:
        return self._take(self._length()).decode("utf-8")

    def _array(self, depth: int) -> Any:
        import numpy as np

        marker = self.marker()
        if marker == "$":
            kind = self.marker()
            if kind not in _NUMBERS or self.marker() != "#":
                raise ValueError(f"an array of {kind!r} is none of numbers")
            size = self._length()
            if size < 0:
                raise ValueError("an array has a negative length")
            read = np.frombuffer(self._take(size * _SIZES[kind]), dtype=np.dtype(f">{_NUMBERS[kind]}"))
            return read.astype(read.dtype.newbyteorder("="))
        if marker == "#":
            size = self._length()
            if size < 0 or size > len(self.data) - self.at:
                raise ValueError(f"an array is said to have {size} values; {len(self.data) - self.at} bytes are left")
            return [self.value(self.marker(), depth + 1) for _ in range(size)]
        found = []
        while marker != "]":
            found.append(self.value(marker, depth + 1))
            marker = self.marker()
        return found

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (marker := self.marker()) != "}":
            self.at -= 1
            if marker != "L":
                raise ValueError(f"a name begins with {marker!r}; expected its length")
            name = self._text()
            if name in found:
                raise ValueError(f"the name {name[:40]!r} is there twice")
            found[name] = self.value(self.marker(), depth + 1)
        return found
