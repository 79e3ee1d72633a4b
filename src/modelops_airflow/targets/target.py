"""What every target does, in which order, and how strongly its gate holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ..connections import Connections, no_connections
from ..digest import Digest
from ..errors import TargetError
from ..parameters import Parameter, lacking_options, parameters_of, wrong_options
from ..registry import Registry, load_extensions
from .modules import MODULES

CONNECTIONS, MISSED = "connections", "missed"

@dataclass(frozen=True)
class Release:
    """What goes live.

    Attributes:
        model, environment: the slot.
        epoch: the fence: a target refuses any epoch below the one it has seen.
        subject: digest of what was approved.
        read: the artifact's bytes.
        authorisation: the deployer's signed word to a runtime (a DSSE envelope); None where the installation has no key for it.
        at_once: it gets every request as soon as it is ready, whatever steps the place has: what is there now is to be gone.
    """

    model: str
    environment: str
    version: str
    artifact: Digest
    epoch: int
    subject: str
    read: Callable[[], bytes]
    authorisation: Mapping[str, Any] | None = None
    at_once: bool = False


@dataclass(frozen=True)
class Observation:
    """What a target shows.

    Attributes:
        artifact: digest of the bytes that are live, hashed again; None for nothing.
        epoch: highest epoch the target has seen; 0 for none.
        dangling: the target points at something that is not there: nobody of ours wrote that.
        held: why the runtime that serves it holds it back; empty where it does not.
        leaving: it is being taken away, and may answer until it is gone.
    """

    artifact: Digest | None
    epoch: int
    dangling: bool = False
    held: str = ""
    leaving: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is there any more."""
        return self.artifact is None and not self.dangling and not self.leaving


class Target(ABC):
    """A place where models run.

    A target names its options as keyword-only arguments of its constructor: they are what `with` of an environment may
    have. A `Path` is resolved below the project; one that needs credentials also has `connections`, and one whose models
    are scored with on schedule `missed`, which are given and never written.

    Attributes:
        about: what `wrong` tells of, for the kind of the finding.
    """

    name: ClassVar[str]
    strength: ClassVar[str]
    summary: ClassVar[str]
    where: ClassVar[tuple[str, ...]] = ()
    about: ClassVar[str] = "devices"

    def deploy(self, release: Release) -> Observation:
        """Publish, read back, compare.

        Raises:
            TargetError: the fence is stale, or the target shows other bytes than published.
        """
        seen = self.observed(release.model)
        if seen.epoch > release.epoch:
            raise stale(release, seen.epoch)
        self._publish(release)
        shown = self.observed(release.model)
        if shown.artifact != release.artifact or shown.epoch != release.epoch:
            raise TargetError(
                f"target {self.name} shows {shown.artifact} (epoch {shown.epoch}) for {release.model} after "
                f"{release.artifact} (epoch {release.epoch}) was published; nothing is marked live"
            )
        return shown

    @abstractmethod
    def observed(self, model: str) -> Observation:
        """What is live now, by reading it."""

    def found(self, model: str) -> Digest | None:
        """Digest of the bytes that are there for a model, whoever put them there; None for nothing.

        Raises:
            TargetError: something is there and nobody can say which bytes.
        """
        shown = self.observed(model)
        if shown.dangling:
            raise TargetError(f"target {self.name} points at something for {model} that is not there")
        return shown.artifact

    def wrong(self, model: str) -> tuple[str, ...]:
        """What is wrong with a model at this place beyond what the place shows, such as devices that are silent."""
        return ()

    def models(self) -> list[str] | None:
        """Ids of the models that it shows, whoever put them there; None where it cannot be asked for all."""
        return None

    @classmethod
    def longest(cls, options: Mapping[str, Any]) -> float:
        """Seconds that a publication may rightly wait for the place, with every option given; 0 where it waits for nothing."""
        return 0.0

    @abstractmethod
    def withdraw(self, model: str, epoch: int) -> Observation:
        """Take the model out of service under a fence, and say what is there then.

        Stops are made one after the other, so it waits for a moment at most: what takes longer to go is `leaving`, and is withdrawn again at
        each look until it is gone. That it takes too long is an error.
        """

    @abstractmethod
    def _publish(self, release: Release) -> None:
        """Store and switch; refuses a stale fence at the moment of the switch."""


TARGETS: Registry[type[Target]] = Registry("target", {name: f"{__package__}.{module}" for name, module in MODULES.items()})
T = TypeVar("T", bound=type[Target])


def target(name: str, *, strength: str, where: Sequence[str] = ()) -> Callable[[T], T]:
    """Register a target.

    Args:
        strength: enforced, gated, observed or declared.
        where: options that say which place it is; the others may change and it stays the same place. Every option if there are none.
    """

    def register(one: T) -> T:
        one.name, one.strength, one.where = name, strength, tuple(where)
        one.summary = (one.__doc__ or "").strip().split("\n")[0]
        TARGETS.add(name)(one)
        return one

    return register


def parameters_of_target(name: str) -> Mapping[str, Parameter]:
    """The options that an environment may give a target."""
    return {option: one for option, one in _given(name).items() if option not in (CONNECTIONS, MISSED)}


def _given(name: str) -> dict[str, Parameter]:
    return parameters_of(TARGETS[name].__init__)  # whose docstring says what the options are


def wrong_target(name: str, options: Mapping[str, Any]) -> list[str]:
    """What is wrong with the options of a target that there is; empty if nothing is."""
    parameters, what = parameters_of_target(name), f"target {name}"
    return [*wrong_options(options, parameters, what).values(), *lacking_options(options, parameters, what)]


def target_of(
    name: str, options: Mapping[str, Any], *, resolve: Callable[[str], Path], connections: Connections = no_connections,
    missed: Callable[..., tuple[str, ...]] | None = None,
) -> Target:
    """The target of an environment, with its options; paths are resolved below the project root.

    Args:
        missed: what the register says was not scored in time, for a target that is asked for it.

    Raises:
        TargetError: an option it does not have, or one that is not permitted or missing.
    """
    load_extensions()
    if wrong := wrong_target(name, options):
        raise TargetError("; ".join(wrong))
    parameters = parameters_of_target(name)
    made = {key: resolve(value) if value is not None and parameters[key].type.removesuffix(" | None") == "Path" else value
            for key, value in options.items()}
    given = {CONNECTIONS: connections, **({MISSED: missed} if missed is not None else {})}
    return TARGETS[name](**made, **{option: one for option, one in given.items() if option in _given(name)})


def where_of(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Of a target's options those that say which place it is; all of them if the target is not known here."""
    if name not in TARGETS or not TARGETS[name].where:
        return dict(options)
    parameters = parameters_of_target(name)
    return {option: options.get(option, parameters[option].default) for option in TARGETS[name].where}


def longest_of(name: str, options: Mapping[str, Any]) -> timedelta:
    """How long a publication to a place may rightly wait for it; none where this process does not know such a place."""
    if name not in TARGETS or wrong_target(name, options):
        return timedelta(0)
    defaults = {option: one.default for option, one in parameters_of_target(name).items()}
    return timedelta(seconds=TARGETS[name].longest({**defaults, **options}))


def strengths() -> dict[str, str]:
    """How strongly the gate of each target holds: enforced, gated, observed or declared."""
    load_extensions()
    return {name: TARGETS[name].strength for name in TARGETS}


def stale(release: Release, seen: int) -> TargetError:
    """The error of a fence that is older than what the target has seen."""
    return TargetError(
        f"the fence of this deployment is stale: epoch {release.epoch} of {release.model}, the target has seen {seen}; "
        "a later deployment or stop came first"
    )
