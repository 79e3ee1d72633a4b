"""`model.tar.gz` as SageMaker takes it: one file, the same bytes for the same artifact, and nothing else passes for it."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib


def packed(artifact: bytes, name: str) -> bytes:
    """The archive of an artifact. It is not compressed: most models hardly shrink, and compressors differ."""
    return gzip.compress(_tar(artifact, name), compresslevel=0, mtime=0)


def unpacked(data: bytes, name: str) -> bytes | None:
    """The artifact in an archive; None if it is no archive of this one file."""
    try:
        # Ours is never longer unpacked than packed; what is longer was made to be.
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            tar = file.read(len(data) + 1)
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            member = archive.extractfile(name)
            artifact = None if member is None else member.read()
    except (OSError, EOFError, zlib.error, tarfile.TarError, KeyError):
        return None
    return artifact if artifact is not None and _tar(artifact, name) == tar else None


def _tar(artifact: bytes, name: str) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(artifact), 0o444
        archive.addfile(member, io.BytesIO(artifact))
    return sink.getvalue()
