"""Python code as an artifact: read as text, never run here. What it imports, and whether it has the function."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...errors import ArtifactError

LIBRARIES = ("numpy", "pandas", "sklearn", "scipy")
READ = (*LIBRARIES, "joblib", "threadpoolctl.py", "dateutil", "six.py", "pytz", "tzdata", "numpy.libs", "pandas.libs", "scipy.libs",
        "scikit_learn.libs")
"""What of the installed packages the code can read; of those in a virtual environment, as the project makes one, the rest is not there for it."""

_ACTING = {"antigravity", "this", "idlelib", "test", "turtledemo", "turtle", "ensurepip", "venv", "lib2to3"}
_PATH = "/"


@dataclass(frozen=True)
class Source:
    """Parsed code.

    Attributes:
        functions: module -> functions that it defines.
        libraries: modules of the standard library and of `LIBRARIES` that it imports.
        foreign: modules that are neither its own nor any of those.
        mistakes: of its syntax and names.
    """

    functions: Mapping[str, frozenset[str]]
    libraries: tuple[str, ...]
    foreign: tuple[str, ...]
    mistakes: tuple[str, ...]


def read_source(files: Mapping[str, bytes]) -> Source:
    """Parse every Python file of an artifact."""
    parsed, mistakes = dict[str, ast.Module](), list[str]()
    for name, data in sorted(files.items()):
        if name.endswith(".py"):
            try:
                parsed[_module(name)] = ast.parse(data, name)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                mistakes.append(f"{name[:80]} is no Python: {str(error)[:150]}")
    own = {name.split(".")[0] for name in parsed}
    mistakes += [f"the file or folder {name!r} has the name of a library; give it another" for name in sorted(own) if _known(name)]
    named = {one for module, tree in parsed.items() for one in _imports(tree) if one.split(".")[0] not in own}
    functions = {module: frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef)) for module, tree in parsed.items()}
    return Source(functions, tuple(sorted(one for one in named if _known(one))), tuple(sorted(one for one in named if not _known(one))), tuple(mistakes))


def demand_entry(source: Source, entry: str) -> None:
    """The function is there.

    Raises:
        ArtifactError: it is not.
    """
    module, _, function = entry.partition(":")
    if module not in source.functions:
        raise ArtifactError(f"option entry names the module {module!r}; the artifact has {', '.join(source.functions) or 'none'}")
    if function not in source.functions[module]:
        found = ", ".join(sorted(source.functions[module])) or "none"
        raise ArtifactError(f"option entry names the function {function!r}, which {module} does not define; it defines {found}")


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace(_PATH, ".")


def _known(module: str) -> bool:
    parts = module.split(".")
    if parts[0] in _ACTING or "__main__" in parts:
        return False
    return parts[0] in LIBRARIES or parts[0] in sys.stdlib_module_names


def _imports(tree: ast.Module) -> Iterator[str]:
    """Names of absolute imports, wherever they stand; of `from a import b` also a.b, which may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module
            if node.module.split(".")[0] in LIBRARIES:
                yield from (f"{node.module}.{one.name}" for one in node.names if one.name != "*")
