"""Registries: one dictionary for each noun that third parties may add to.

    checks = Registry[Check]("check")

    @checks.add("psi")
    def psi(...): ...

Built-in entries come from importing our own sub-package, or from their own module when their name is first asked for;
third parties declare the entry-point group `modelops_airflow`, and importing their module runs their decorators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TypeVar

from .errors import ModelOpsError

T = TypeVar("T")

EXTENSIONS = "modelops_airflow"


class Registry(Mapping[str, T]):
    """Named entries of one noun; refuses duplicates and suggests near names.

    Args:
        modules: name -> module that registers it, which is imported when somebody asks for the name.
    """

    def __init__(self, noun: str, modules: Mapping[str, str] | None = None) -> None:
        self.noun = noun
        self._entries: dict[str, T] = {}
        self._modules = dict(modules or {})

    def add(self, name: str) -> Callable[[T], T]:
        """Decorator that files its target under `name`."""

        def file(entry: T) -> T:
            self._import(name)  # which is nothing for the module itself, and lets nobody else have its name
            if name in self._entries:
                raise ModelOpsError(f"{self.noun} {name!r} is registered twice; give one another name")
            self._entries[name] = entry
            return entry

        return file

    def _import(self, name: str) -> None:
        if name in self._modules and name not in self._entries:
            import_module(self._modules[name])

    def __getitem__(self, name: str) -> T:
        self._import(name)
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownName(self.noun, name, list(self)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._entries, *self._modules}))

    def __len__(self) -> int:
        return len({*self._entries, *self._modules})


class UnknownName(ModelOpsError, KeyError):
    """A name that no registry entry has."""

    def __init__(self, noun: str, name: str, known: list[str]) -> None:
        self.noun, self.name, self.known = noun, name, sorted(known)
        super().__init__(name)

    def __str__(self) -> str:
        return f"there is no {self.noun} {self.name!r}{did_you_mean(self.name, self.known)}"


def did_you_mean(name: str, known: list[str]) -> str:
    """` (did you mean 'x'?)` for a near name, else the known ones."""
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f" (did you mean {near[0]!r}?)"
    return f" (known: {', '.join(sorted(known))})" if known else ""


@cache
def load_extensions() -> tuple[str, ...]:
    """Import every third-party module of our entry-point group, once a process.

    Returns:
        What failed to import, in words; models that use nothing of it go on.
    """
    from importlib.metadata import entry_points  # which reads the packages' e-mail headers, and imports what it takes

    broken = []
    for point in entry_points(group=EXTENSIONS):
        try:
            point.load()
        except Exception as error:  # whatever a stranger's module raises
            broken.append(f"extension {point.name!r} ({point.value}) fails to import: {error}; mend or uninstall it")
    return tuple(broken)


def demand_extensions() -> None:
    """Import every extension.

    Raises:
        ModelOpsError: one fails; a silent loss of a check would be a lie.
    """
    if broken := load_extensions():
        raise ModelOpsError("\n".join(broken))
