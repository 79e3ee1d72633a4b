"""Archives, graphs and tables: bent zips as skops, hostile ONNX, rules that would like to be code."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from assembler import canary, evil, honest, zipped

File = tuple[str, str, str, bytes, bool, str]


def archives(canaries: Path) -> Iterator[File]:
    """Label, kind, file name, bytes, whether the canary is written, and how it is loaded."""

    def command(label: str) -> str:
        return f"touch {canary(canaries, f'file {label}')}"

    for label, data in _zips(canaries):
        yield f"skops {label}", "skops", "model.skops", data, False, "pickle"
    for label, data in _graphs():
        yield f"onnx {label}", "onnx", "model.onnx", data, False, "pickle"
    for label, text in _tables(canaries):
        yield f"rules {label}", "rules", "model.yaml", text.encode(), False, "pickle"
    label = "pickle before a zip"
    bent = evil(command(label)) + zipped(("schema.json", _schema("builtins", "dict")))
    yield label, "skops", "model.skops", bent, True, "pickle"
    yield f"{label} as pickle", "pickle", "model.pkl", bent, False, "pickle"
    for label, start in (("program", b"\x7fELF"), ("script", b"#!/bin/sh\n"), ("HDF5", b"\x89HDF\r\n\x1a\n"), ("windows program", b"MZ")):
        for kind, suffix in (("pickle", "pkl"), ("skops", "skops"), ("rules", "yaml")):
            yield f"{label} as {kind}", kind, f"model.{suffix}", start + honest(), False, "pickle"
    for kind in ("joblib", "cloudpickle", "pickle"):
        yield f"torch as {kind}", kind, "model.pkl", zipped(("archive/data.pkl", evil(command(f"torch as {kind}")))), False, "pickle"


def _schema(module: str, name: str, loader: str = "ObjectNode", **more: object) -> bytes:
    node = {"__class__": name, "__module__": module, "__loader__": loader, "__id__": 1, "content": {"__class__": "dict", "__module__": "builtins",
            "__loader__": "DictNode", "content": {}, "key_types": {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}}, **more}
    return json.dumps({**node, "protocol": 2, "_skops_version": "0.16.0"}).encode()


def _zips(canaries: Path) -> Iterator[tuple[str, bytes]]:
    good = ("schema.json", _schema("sklearn.linear_model._base", "LinearRegression"))
    out = canary(canaries, "zip")
    for path in ("../evil", "a/../../evil", str(out), "..\\evil", "C:\\evil", "/etc/cron.d/evil"):
        yield f"member {path}".replace(str(out), "absolute"), zipped(good, (path, b"x"))
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr(*good)
        archive.writestr(zipfile.ZipInfo("schema.jsom"), b"{}")
    yield "two members of one name", twice.getvalue().replace(b"schema.jsom", b"schema.json")
    yield "a link", _linked(good)
    yield "a bomb", _deflated(good, ("1.npy", bytes(60_000_000)))
    yield "many small bombs", _deflated(good, *((f"{n}.npy", bytes(1 << 20)) for n in range(300)))
    yield "bytes before", b"PK\x03\x04" + bytes(26) + zipped(good)
    yield "bytes behind", zipped(good) + b"evil"
    yield "overlapping members", _overlapping()
    yield "bzip2 inside", _deflated(good, ("a", b"a" * 999), method=zipfile.ZIP_BZIP2)
    yield "twenty thousand members", zipped(good, *((f"{n}", b"") for n in range(20_000)))
    yield "cut off", zipped(good)[:-30]
    for module, name in (("os", "system"), ("posix", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("builtins", "exec"),
                         ("operator", "methodcaller"), ("functools", "partial"), ("pickle", "loads"), ("shutil", "rmtree")):
        yield f"a node of {module}.{name}", zipped(("schema.json", _schema(module, name)))
        yield f"a function of {module}.{name}", zipped(("schema.json", _schema(
            module, name, "FunctionNode", content={"module_path": module, "function": name})))
    yield "a method of the system", zipped(("schema.json", _schema(
        "builtins", "method", "MethodNode", content={"func": "system", "obj": json.loads(_schema("os", "system"))})))
    yield "a node of no loader", zipped(("schema.json", _schema("os", "system", "NoNode")))
    yield "nodes within nodes", zipped(("schema.json", b'{"content":' * 100_000 + b"1" + b"}" * 100_000))
    yield "no schema", zipped(("a.pkl", evil(f"touch {out}")))
    yield "a schema that is no JSON", zipped(("schema.json", evil(f"touch {out}")))


def _deflated(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def _linked(good: tuple[str, bytes]) -> bytes:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(*good)
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _overlapping() -> bytes:
    """Two members that share their bytes."""
    data = zipped(("schema.json", _schema("builtins", "dict")), ("aaaaaa.json", _schema("builtins", "dict")))
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 42] + struct.pack("<I", 0) + data[at + 46 :]


def _field(number: int, data: bytes | int) -> bytes:
    """A field of protobuf."""
    if isinstance(data, int):
        return bytes([number << 3]) + _varint(data)
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _model(graph: bytes) -> bytes:
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))


def _tensor(*dims: int, more: bytes = b"") -> bytes:
    return b"".join(_field(1, dim) for dim in dims) + _field(2, 1) + _field(8, b"w") + more


def _graphs() -> Iterator[tuple[str, bytes]]:
    for path in ("../../etc/passwd", "/etc/passwd", "secret.bin", "//host/share", "C:\\secret"):
        entry = _field(13, _field(1, b"location") + _field(2, path.encode()))
        yield f"data in {path}", _model(_field(5, _tensor(1, more=entry + _field(14, 1))))
    yield "data elsewhere without a place", _model(_field(5, _tensor(1, more=_field(14, 1))))
    constant = _field(5, _field(1, b"value") + _field(5, _tensor(1, more=_field(13, _field(1, b"location") + _field(2, b"x")))))
    yield "data elsewhere in a constant", _model(_field(1, _field(4, b"Constant") + constant))
    yield "data elsewhere in a branch", _model(_field(1, _field(4, b"If") + _field(5, _field(6, _field(5, _tensor(1, more=_field(14, 1)))))))
    yield "huge dimensions", _model(_field(5, _tensor(1 << 40, 1 << 20)))
    yield "dimensions that wrap", _model(_field(5, _tensor(1 << 32, 1 << 32)))
    yield "negative dimensions", _model(_field(5, _tensor((1 << 64) - 1)))
    yield "a shape of thousands of millions", _constant_of_shape(1 << 33)
    yield "an operator of no library", _model(_field(1, _field(1, b"x") + _field(2, b"y") + _field(4, b"PyOp") + _field(7, b"ai.onnx.contrib")))
    deep = b""
    for _ in range(200):
        deep = _field(1, _field(4, b"If") + _field(5, _field(6, deep)))
    yield "graphs within graphs", _model(deep)
    yield "a length beyond the end", b"\x08\x08\x3a\xff\xff\xff\xff\x0f"
    yield "a number without end", b"\x08" + b"\xff" * 40
    yield "nothing but a version", b"\x08\x08"
    yield "noise", b"\x08" + bytes(range(256)) * 40
    yield "a pickle behind its version", b"\x08\x08" + honest()


def _constant_of_shape(size: int) -> bytes:
    """A graph that makes thousands of millions of numbers out of one."""
    shape = _field(1, 1) + _field(2, 7) + _field(8, b"s") + _field(9, struct.pack("<q", size))
    node = _field(1, b"s") + _field(2, b"y") + _field(4, b"ConstantOfShape")
    output = _field(1, b"y") + _field(2, _field(1, _field(1, 1)))
    return _model(_field(1, node) + _field(2, b"g") + _field(5, shape) + _field(12, output))


def _tables(canaries: Path) -> Iterator[tuple[str, str]]:
    out = canary(canaries, "rules")
    table = "rules: 1\nhit: first\noutput: o\ninputs: {{a: {{type: number, min: 0, max: 9}}}}\nrules_in_order: [{{when: {{a: {0}}}, then: x}}]\n"
    for told in (f"\"__import__('os').system('touch {out}')\"", "'{{ cycler.__init__ }}'", "'${jndi:ldap://localhost}'", "'> 1; rm -rf /'",
                 "'> 1 and (lambda: 0)()'", "'> 1e99999'", "'> 0x10'", "'> ٣'", "'> ' ", f"!!python/object/apply:os.system ['touch {out}']",
                 f"!!python/name:os.system '{out}'", "!!python/module:os ''", "'> " + "9" * 5000 + "'"):
        yield f"condition {told[:40]}".replace(str(out), ""), table.format(told)
    yield "a document that is a call", f"!!python/object/apply:os.system ['touch {out}']"
    yield "a new object", f"!!python/object/new:subprocess.Popen [['touch', '{out}']]"
    yield "aliases without end", "a: &a [x,x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1 if n else ''},*a{n - 1 if n else ''}]\n" for n in range(40))
    yield "depth without end", "rules: " + "[" * 20_000
    yield "a megabyte of keys", "".join(f"k{n}: {n}\n" for n in range(100_000))
    yield "a merge key", "x: &x {a: 1}\nrules: 1\n<<: *x\n"
