"""The bucket of a place: artifacts under their digests, and one object for each attempt to deploy or stop, never written over.

The attempts are the fence: whoever finds one with a higher epoch than its own has lost. They stay as the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from ..digest import Digest, canonical, digest_bytes, parse_digest
from ..errors import TargetError
from .aws import AwsError, asking
from .model_archive import packed, unpacked


@dataclass(frozen=True)
class Attempt:
    """A deployer that wants to switch.

    Attributes:
        name: of the endpoint configuration and the model that are its alone; of a stop, of nothing.
        artifact, subject, version: of the release; None for a stop.
    """

    model: str
    epoch: int
    name: str
    artifact: str | None = None
    subject: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Bucket:
    """Attributes:
    client: makes the client of S3.
    file: name of the artifact inside the archive.
    """

    client: Callable[[], Any]
    name: str
    prefix: str
    file: str

    def put(self, artifact: bytes) -> None:
        """Store an artifact's archive; one that is there and has other bytes is written again."""
        digest = digest_bytes(artifact)
        if self.artifact(digest) != digest:
            with asking(f"{self.url(digest)} cannot be written"):
                self.client().put_object(Bucket=self.name, Key=self._key(digest), Body=packed(artifact, self.file))

    def artifact(self, digest: Digest) -> Digest | None:
        """The digest of the artifact that is really in an archive; None if there is no such archive, or it is none of ours."""
        try:
            artifact = unpacked(self._get(self._key(digest)), self.file)
        except AwsError as error:
            if error.missing:
                return None
            raise
        return None if artifact is None else digest_bytes(artifact)

    def archive(self, url: str) -> Digest:
        """The digest of an archive that somebody else put wherever it is.

        Raises:
            TargetError: it is at no address of S3, or cannot be read.
        """
        bucket, _, key = url.removeprefix("s3://").partition("/")
        if not url.startswith("s3://") or not key:
            raise TargetError(f"what is served has its archive at {url or 'no address'}; expected one of S3, else nobody can say which bytes they are")
        with asking(f"{url} cannot be read"):
            state = sha256()
            for part in self.client().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
                state.update(part)
        return parse_digest(f"sha256:{state.hexdigest()}")

    def url(self, digest: Digest) -> str:
        """Where an artifact's archive is."""
        return f"s3://{self.name}/{self._key(digest)}"

    def begin(self, attempt: Attempt) -> None:
        """Record an attempt, so that every one of a lower epoch is refused from now on."""
        with asking(f"the attempt {attempt.name} cannot be recorded"):
            self.client().put_object(
                Bucket=self.name, Key=f"{self._attempts(attempt.model)}{attempt.epoch:016d}-{attempt.name}.json",
                Body=canonical(asdict(attempt)) + b"\n", IfNoneMatch="*")

    def attempts(self, model: str) -> list[tuple[int, str]]:
        """Epoch and name of every attempt of a model, the highest last. Listings of S3 are strongly consistent."""
        begin, found = self._attempts(model), []
        with asking(f"the attempts of {model} in s3://{self.name} cannot be listed"):
            for page in self.client().get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=begin):
                found += [str(one["Key"]).removeprefix(begin) for one in page.get("Contents", ())]
        try:
            return sorted((int(epoch), name.removesuffix(".json")) for epoch, _, name in (one.partition("-") for one in found))
        except ValueError:
            raise TargetError(f"s3://{self.name}/{begin} holds something that is no attempt; somebody else wrote it") from None

    def attempt(self, model: str, epoch: int, name: str) -> Attempt:
        """What an attempt said."""
        try:
            found = Attempt(**json.loads(self._get(f"{self._attempts(model)}{epoch:016d}-{name}.json")))
            parse_digest(str(found.artifact))
            if (found.model, found.epoch, found.name) != (model, epoch, name):
                raise ValueError(name)
        except (ValueError, TypeError):
            raise TargetError(f"the attempt {name} of {model} in s3://{self.name} is not readable; somebody else wrote it") from None
        return found

    def _get(self, key: str) -> bytes:
        with asking(f"s3://{self.name}/{key} cannot be read"):
            return bytes(self.client().get_object(Bucket=self.name, Key=key)["Body"].read())

    def _key(self, digest: Digest) -> str:
        return f"{self.prefix}/artifacts/{digest.removeprefix('sha256:')}/model.tar.gz"

    def _attempts(self, model: str) -> str:
        return f"{self.prefix}/attempts/{model}/"
