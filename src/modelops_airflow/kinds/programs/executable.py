"""executable: any program, in whatever language: rows go in by its standard input, answers come by its standard output."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import ArtifactError
from ..checked_answers import checked
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .exchange import plain, read_answers, write_rows
from .interpreters import INTERPRETERS
from .program_end import Limits
from .program_file import ProgramFile, broken_bills, build_facts, described, files_of, program_of
from .run_program import Program, run_program
from .unpacked import unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


@kind("executable", suffixes=(".bin", "", ".elf", ".out", ".exe", ".sh", ".py", ".pl", ".r", ".jar", ".zip"))
class Executable(Kind):
    """A program of any language: C, C++, COBOL, Java, R or a script; rows by standard input, answers by standard output.

    The artifact is one file (an ELF program, a script whose first line begins with `#!`, or a jar) or a folder that holds
    the program and what it reads; a script in a folder may do without `#!` and have the option `interpreter`. The program is started once a batch, in
    a jail: no network, no file but its own folder and the system's libraries, nothing written, no other process (bash,
    sh and Rscript may have 16, which end with them); where the system cannot hold the jail, nothing is started. It
    is given all rows and must answer one row for each, in order, with the columns `prediction` and, where it has one,
    `score`: the probability of the label that sorts last. It must read all rows and end with exit code 0.

    CSV has a header line both ways; texts are in double quotes, with a double quote written twice, a missing value is
    empty, and NaN is `nan`. Of CSV answers, what can be read as a number is one. JSON lines have one object a row.
    Arrow is an IPC stream of plain columns, not compressed.

    A folder may hold a `build.json`: an object of texts such as `{"compiler": "g++ 12.2", "flags": "-O2", "sbom":
    "bom.json"}`. It is part of the evidence, beside what the program file says of itself. Of a bill of materials in CycloneDX JSON
    (`bom.json` or `*.cdx.json` in the folder, or in a jar below `META-INF/sbom`, up to 4 MiB) the evidence has the digest, the number of
    components, and the first 40 with their versions; one that is broken is a finding. Of SPDX and XML it has the digest.
    """

    accepts = ("program", "script", "zip archive")

    def findings(self, data: bytes) -> Findings:
        """Whether there is something to start, and whether what it says of its making can be read."""
        try:
            files = files_of(data)
            build_facts(files)
            if list(files) in (["program"], ["program.jar"]):
                program_of(files, None, None)
            return Findings(True, findings=tuple(broken_bills(files)))
        except ArtifactError as error:
            return Findings(True, findings=(str(error),))

    def described(self, data: bytes) -> Mapping[str, str]:
        """Machine, libraries, build id and compiler of each program, the words of `build.json`, and the components of bills of materials."""
        try:
            return described(data)
        except ArtifactError as error:
            return {"unreadable": str(error)}

    def load(
        self, artifact: VerifiedArtifact, *, program: str | None = None, arguments: Sequence[str] = (), format: str = "csv",
        interpreter: str | None = None, columns: Sequence[str] = (), threads: int = 0, memory_mb: int = 2048, seconds: int = 300,
        output_mb: int = 256,
    ) -> Scorer:
        """A scorer that starts the program for each batch; nothing is started before.

        Args:
            program: file of the folder to start.
            arguments: further arguments, as they are: no shell reads them.
            format: of rows and answers; one of csv, jsonl, arrow.
            interpreter: that runs the program, if a file of a folder does not say so; one of java, python3, perl, bash, sh, Rscript.
            columns: of the data to give it, in this order; all that the model may see, if left out.
            threads: that machine code may have beside its first (0 to 64).
            memory_mb: MiB of address space (16 to 65536); Java reserves much more than it uses.
            seconds: until a batch is stopped (1 to 86400).
            output_mb: MiB that a batch may answer (1 to 4096).
        """
        files = files_of(artifact.bytes)
        found = program_of(files, program, interpreter)
        if any("\0" in one for one in arguments) or sum(map(len, arguments)) > 1 << 16:
            raise ArtifactError("the option arguments has a text with a zero in it, or more than 65536 characters in all")
        if found.interpreter:
            INTERPRETERS[found.interpreter].path()
        return _ProgramScorer(files, found, tuple(arguments), format, tuple(columns), threads, Limits(memory_mb << 20, seconds, output_mb << 20))


@dataclass(frozen=True)
class _ProgramScorer(Scorer):
    files: Mapping[str, bytes]
    program: ProgramFile
    arguments: tuple[str, ...]
    format: str
    columns: tuple[str, ...]
    threads: int
    limits: Limits

    def score(self, rows: pa.Table) -> pa.Table:
        """What the program answers, once it was looked at."""
        missing = [name for name in self.columns if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the program is to be given columns the data does not have: {', '.join(missing)}")
        given, who = plain(rows.select(self.columns or rows.column_names)), f"the program {self.program.name[:60]!r}"
        with unpacked(self.files) as folder:
            write = functools.partial(write_rows, given, self.format)
            told = run_program(self._start(folder, who), write, self.limits)
        return checked(read_answers(told, self.format, who), rows.num_rows, who)

    def notes(self) -> tuple[str, ...]:
        """What kept the program in; without all of it none is started."""
        return ("scored by a program in a jail; network and processes: own name spaces; files: Landlock; calls: seccomp",)

    def _start(self, folder: str, who: str) -> Program:
        file = f"{folder}/{self.program.name}"
        if not self.program.interpreter:
            runs = [file, *([self.program.loader] if self.program.loader else [])]
            return Program(who, (file, *self.arguments), folder, runs, tasks=self.threads)
        by = INTERPRETERS[self.program.interpreter]
        path = by.path()
        home = (path.rsplit("/", 2)[0],) if by.home else ()
        before = [one.format(memory=max(8, self.limits.memory // (4 << 20))) for one in by.before]
        return Program(who, (path, *before, file, *self.arguments), folder, (path, *_LOADERS, *by.runs, *home), (*by.reads, *home),
                       max(by.tasks, self.threads), bool(by.runs))


_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1")
