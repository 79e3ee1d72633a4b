"""MLflow: an alias of a registered model, set to a version of our own, with a fence that MLflow itself does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ..connections import Connections
from ..digest import Digest, canonical, digest_bytes
from ..errors import TargetError
from ..folder_archive import archive_of, files_of
from ..mlflow_answers import MlflowError, ModelVersion, safe_path
from ..mlflow_registry import MlflowRegistry
from .mlflow_attempts import Attempt, attempts_of, key_of, tags_of
from .mlflow_server import registry_of
from .target import Observation, Release, Target, stale, target

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_SINGLE = "artifact"
"""Name of the one file of an artifact that is no MLflow model."""


@target("mlflow", strength="observed", where=("connection", "model", "alias"))
class Mlflow(Target):
    """An alias of a registered model in MLflow, such as `models:/credit@champion`, set to what is live.

    Each deployment records itself in a tag of the registered model that is never written over (`modelops.<alias>.<epoch>`), logs the
    artifact's files in a run of its own, and makes a version of them (tags `modelops.artifact`, `subject`, `epoch`,
    `version`, `environment`, `model`, `alias`, and the deployer's signed word, where there is one, as `authorisation`). Then it deletes the versions of
    all lower epochs that the alias does not name, looks whether a higher epoch was recorded meanwhile, and sets the alias. An older
    deployer that wakes up later finds its version deleted, and MLflow refuses its alias. Files are never deleted.

    Looking follows the alias to the version, downloads its files and hashes them; an alias that somebody set to another version
    shows the bytes of that version. A stop deletes the alias. The server must serve its artifacts. An artifact that is no MLflow
    model is stored as the file `artifact`, which MLflow's own libraries do not load.

    Whoever may write to the registry can set the alias past us: that is seen at the next look, and not prevented.
    """

    def __init__(
        self, *, connection: str, model: str = "{model}", alias: str = "champion", experiment: str = "modelops", private: bool = False,
        timeout: float = 60.0, connections: Connections,
    ) -> None:
        """Make it.

        Args:
            connection: name of the connection with the server's address: `https://host`, with `:TOKEN@` or `USER:PASSWORD@` before the host.
            model: name of the registered model, with `{model}` in it; with the alias it must be this environment's alone.
            alias: what is set to the version that is live.
            experiment: name of the experiment whose runs keep the files; only this target writes in it.
            private: the host may be in a private network, or this machine.
            timeout: seconds that one request may take, a file's among them (0.1 to 3600).
        """
        for text, what in ((model.replace("{model}", "m"), "model"), (alias, "alias"), (experiment, "experiment")):
            if not _NAME.fullmatch(text) or (what == "model" and "{model}" not in model):
                raise TargetError(f"option {what!r} of target mlflow: expected {'a name with {model} in it' if what == 'model' else 'a plain name'}, found {text!r}")
        if re.fullmatch(r"[vV][0-9]+|latest", alias):
            raise TargetError(f"option 'alias' of target mlflow: MLflow keeps {alias!r} for itself; choose another word, such as champion")
        self.connection, self.pattern, self.alias, self.experiment, self.private, self.timeout = connection, model, alias, experiment, private, timeout
        self._connections = connections

    def observed(self, model: str) -> Observation:
        """Follow the alias to the version's files, and hash them."""
        with _asking():
            registry, name = self._registry(), self._name(model)
            attempts = attempts_of(registry, name, self.alias)
            highest, live = max(attempts, default=0), self._live(registry, name)
            if live is None:
                return Observation(None, highest)
            found = _digest(registry, live)
            return Observation(found, self._epoch(live, attempts) or highest, dangling=found is None)

    def wrong(self, model: str) -> tuple[str, ...]:
        """An alias that names a version of somebody else, or one of ours whose tags were changed."""
        with _asking():
            registry, name = self._registry(), self._name(model)
            attempts, live = attempts_of(registry, name, self.alias), self._live(registry, name)
            if live is None:
                return ()
            epoch = self._epoch(live, attempts)
            if epoch is None:
                return (f"{name}@{self.alias} names version {live.number}, which was not made by a deployment",)
            recorded = tags_of(attempts[epoch], model, self.alias)
            changed = sorted(key for key, value in recorded.items() if live.tags.get(key) != value)
            return (f"version {live.number} of {name}: somebody changed the tags {', '.join(changed)}",) if changed else ()

    def models(self) -> list[str]:
        """Every registered model that has the alias, by our id of it."""
        before, _, after = self.pattern.partition("{model}")
        with _asking():
            names = [one.name for one in self._registry().models() if self.alias in one.aliases]
        return sorted(one[len(before):len(one) - len(after)] for one in names
                      if one.startswith(before) and one.endswith(after) and len(one) > len(before) + len(after))

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Delete the alias under a fence."""
        with _asking():
            registry, name = self._registry(), self._name(model)
            self._refuse_stale_stop(registry, model, epoch)
            registry.create(name)
            registry.tag(name, key_of(self.alias, epoch), Attempt(epoch).text)
            self._forget(registry, name, below=epoch + 1)
            self._refuse_stale_stop(registry, model, epoch)
            if self._live(registry, name) is not None:
                registry.unpoint(name, self.alias)
            self._forget(registry, name, below=epoch + 1)
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        data = release.read()
        if digest_bytes(data) != release.artifact:
            raise TargetError(f"the bytes to publish are not {release.artifact}; nothing was written")
        with _asking():
            registry, name = self._registry(), self._name(release.model)
            self._refuse_stale(registry, release)
            if self._is_live(registry, release):
                return
            attempt = Attempt(release.epoch, release.artifact, release.subject, release.version, release.environment)
            registry.create(name)
            registry.tag(name, key_of(self.alias, release.epoch), attempt.text)
            tags = {**tags_of(attempt, release.model, self.alias), **_word(release.authorisation)}
            run, location = registry.log(self.experiment, f"{name}@{self.alias} {release.version}", _files(data), tags)
            number = registry.add(name, run, location, tags)
            self._forget(registry, name, below=release.epoch)
            self._refuse_stale(registry, release)
            registry.point(name, self.alias, number)
            self._forget(registry, name, below=release.epoch)

    def _is_live(self, registry: MlflowRegistry, release: Release) -> bool:
        """This very deployment was made before, and still stands."""
        name = self._name(release.model)
        live = self._live(registry, name)
        return (live is not None and self._epoch(live, attempts_of(registry, name, self.alias)) == release.epoch
                and _digest(registry, live) == release.artifact)

    def _live(self, registry: MlflowRegistry, name: str) -> ModelVersion | None:
        found = registry.model(name)
        number = found.aliases.get(self.alias) if found is not None else None
        return None if number is None else registry.version(name, number) or ModelVersion(name, number, "", {})

    def _epoch(self, version: ModelVersion, attempts: Mapping[int, Attempt]) -> int | None:
        """Under which epoch one of ours was made; None for somebody else's."""
        text = version.tags.get("modelops.epoch", "")
        ours = version.tags.get("modelops.alias") == self.alias and text.isdecimal()
        return int(text) if ours and int(text) in attempts else None

    def _forget(self, registry: MlflowRegistry, name: str, *, below: int) -> None:
        """Delete what older deployers would set the alias to."""
        attempts, found = attempts_of(registry, name, self.alias), registry.model(name)
        live = found.aliases.get(self.alias) if found is not None else None
        for one in registry.versions(name):
            epoch = self._epoch(one, attempts)
            if epoch is not None and epoch < below and one.number != live:
                registry.forget(one)

    def _refuse_stale(self, registry: MlflowRegistry, release: Release) -> None:
        if (seen := max(attempts_of(registry, self._name(release.model), self.alias), default=0)) > release.epoch:
            raise stale(release, seen)

    def _refuse_stale_stop(self, registry: MlflowRegistry, model: str, epoch: int) -> None:
        if (seen := max(attempts_of(registry, self._name(model), self.alias), default=0)) > epoch:
            raise TargetError(f"the fence of this stop is stale: epoch {epoch} of {model}, the target has seen {seen}")

    def _name(self, model: str) -> str:
        return self.pattern.replace("{model}", model)

    def _registry(self) -> MlflowRegistry:
        return registry_of(self.connection, self._connections, private=self.private, seconds=self.timeout)


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except MlflowError as error:
        raise TargetError(str(error)) from None


def _files(data: bytes) -> dict[str, bytes]:
    """The files of an MLflow model; anything else as one."""
    files = files_of(data)
    if files is None or "MLmodel" not in files:
        return {_SINGLE: data}
    for path in files:
        safe_path(path)
    return files


def _digest(registry: MlflowRegistry, version: ModelVersion) -> Digest | None:
    """The digest of the artifact whose files a version has; None if it has none."""
    try:
        files = registry.files(registry.location(version))
    except MlflowError as error:
        if error.missing:
            return None
        raise
    if not files:
        return None
    return digest_bytes(files[_SINGLE] if list(files) == [_SINGLE] else archive_of(sorted(files.items())))


def _word(authorisation: Mapping[str, object] | None) -> dict[str, str]:
    """The deployer's signed word, if it fits into a tag."""
    text = "" if authorisation is None else canonical(dict(authorisation)).decode()
    return {"modelops.authorisation": text} if 0 < len(text) <= 5000 else {}
