"""What an artifact is, by its bytes; its name is never asked."""

from __future__ import annotations

import re

from .pickles.peel import layer_of

_BEGINNINGS = (
    (b"PK\x03\x04", "zip archive"), (b"\x93NUMPY", "numpy array"), (b"\x89HDF\r\n", "HDF5"), (b"\x7fELF", "program"),
    (b"MZ", "program"), (b"#!", "script"), (b"PAR1", "Parquet"), (b"GGUF", "GGUF"), (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"), (b"ZF", "joblib of before 2016"), (b"\x08", "ONNX"),
    (b"{L\x00\x00\x00\x00", "UBJSON"),
)


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def format_of(data: bytes) -> str:
    """Name of the format; `unknown` if it is none that is known here."""
    for beginning, name in _BEGINNINGS:
        if data.startswith(beginning):
            return name
    if data[:1] == b"\x80" and len(data) > 1 and data[1] <= 5:
        return "pickle"
    if (layer := layer_of(data)) is not None:
        return f"{layer} compression"
    return "text" if _is_text(data) else "unknown"


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(text)
