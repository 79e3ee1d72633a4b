"""The description of a language model's use as frozen objects: which model, asked what, and how its texts are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from ...digest import Digest, digest_of, parse_digest
from ...spec.document import Document, Path
from ...spec.problem import Problem, SpecError
from ...spec.types import Language, Strict
from ...spec.validate import validated

FILE = "llm.yaml"
"""Name of the description in a folder."""

RESERVED = ("(invalid)", "(refused)", "(unknown)", "answered")
"""Predictions that are no label of the model's."""

_MOVING = frozenset({"latest", "newest", "current", "default", "stable", "auto", "preview", "main", "head"})
_PLACEHOLDER = re.compile(r"\{[ \t]*([\w.-]+)[ \t]*\}")

Named = Annotated[str, Field(min_length=1, max_length=200)]


class Prompt(Strict):
    """What is asked; `{column}` stands for the row's value and nothing else is replaced."""

    user: Annotated[str, Field(min_length=1)]
    system: str = ""


class Property(Strict):
    """A field of a JSON answer."""

    type: Literal["string", "number", "integer", "boolean"]
    enum: tuple[Named, ...] = ()
    required: bool = True


class Answers(Strict):
    """How a text becomes a prediction."""

    form: Literal["labels", "json", "text"]
    labels: tuple[Named, ...] = ()
    field: str = ""
    properties: Mapping[str, Property] = Field(default_factory=dict)


class Decoding(Strict):
    """How the model chooses its words; what is not named is not sent."""

    temperature: Annotated[float, Field(ge=0, le=2)]
    max_tokens: Annotated[int, Field(ge=1, le=100_000)]
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    seed: int | None = None
    stop: Annotated[tuple[Named, ...], Field(max_length=4)] = ()

    def sent(self) -> dict[str, object]:
        """The parameters of a request."""
        told: dict[str, object] = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        told |= {name: value for name, value in (("top_p", self.top_p), ("seed", self.seed)) if value is not None}
        return told | ({"stop": list(self.stop)} if self.stop else {})


class _File(Strict):
    llm: Language
    model: Named
    inputs: Annotated[tuple[Named, ...], Field(min_length=1)]
    prompt: Prompt
    answers: Answers
    decoding: Decoding
    tools: Mapping[str, str] = Field(default_factory=dict)
    refusals: tuple[Named, ...] = ()


@dataclass(frozen=True)
class Description:
    """A parsed description.

    Attributes:
        model: the provider's id, pinned.
        inputs: columns that stand in the prompt: all that leaves of a row.
        tools: name -> digest of the definition.
        refusals: phrases by which a text is known as a refusal.
    """

    model: str
    inputs: tuple[str, ...]
    prompt: Prompt
    answers: Answers
    decoding: Decoding
    tools: Mapping[str, Digest]
    refusals: tuple[str, ...]

    @property
    def prompt_digest(self) -> Digest:
        """Of both texts."""
        return digest_of({"system": self.prompt.system, "user": self.prompt.user})

    def digests(self) -> dict[str, str]:
        """Facts for the evidence."""
        return {"model": self.model, "prompt": self.prompt_digest, "tools": digest_of(dict(self.tools)), "decoding": digest_of(self.decoding.sent())}


def parse_description(text: str, file: str = FILE) -> Description:
    """Parse a description.

    Raises:
        SpecError: every mistake, located.
    """
    document, spec = validated(text, file, _File)
    problems = [_problem(document, path, why) for path, why in (*_of_model(spec), *_of_prompt(spec), *_of_answers(spec.answers), *_of_tools(spec))]
    if problems:
        raise SpecError(problems)
    return Description(spec.model, spec.inputs, spec.prompt, spec.answers, spec.decoding,
                       {name: parse_digest(digest) for name, digest in spec.tools.items()}, spec.refusals)


def _problem(document: Document, path: Path, why: str) -> Problem:
    line, column = document.mark(path)
    return Problem(document.file, line, column, "SPEC012", why)


def _of_model(spec: _File) -> Iterator[tuple[Path, str]]:
    parts = re.split(r"[-_:/@.]", spec.model.lower())
    if moving := [part for part in parts if part in _MOVING]:
        yield ("model",), f"model {spec.model!r} is an alias that its provider moves ({moving[0]}); expected the id of one version"
    elif not any(one.isdigit() for one in spec.model):
        yield ("model",), f"model {spec.model!r} names no version; expected an id with a date, a number or a digest"


def _of_prompt(spec: _File) -> Iterator[tuple[Path, str]]:
    used: set[str] = set()
    for name, text in (("system", spec.prompt.system), ("user", spec.prompt.user)):
        for found in _PLACEHOLDER.finditer(text):
            if found.group(0) != f"{{{found.group(1)}}}" or found.group(1) not in spec.inputs:
                yield ("prompt", name), f"placeholder {found.group(0)} is none of the inputs; expected {', '.join(f'{{{one}}}' for one in spec.inputs)}"
        used.update(one for one in spec.inputs if f"{{{one}}}" in text)
    for place, one in enumerate(spec.inputs):
        if one not in used:
            yield ("inputs", place), f"input {one!r} stands nowhere in the prompt"
        if spec.inputs.index(one) != place:
            yield ("inputs", place), f"input {one!r} is written twice"


def _of_answers(answers: Answers) -> Iterator[tuple[Path, str]]:
    if answers.form == "labels":
        yield from _labels(answers.labels, ("answers", "labels"))
    elif answers.labels:
        yield ("answers", "labels"), f"labels are for form: labels; found form: {answers.form}"
    if answers.form != "json":
        if answers.field or answers.properties:
            yield ("answers",), f"field and properties are for form: json; found form: {answers.form}"
        return
    for name, one in answers.properties.items():
        if one.enum and one.type != "string":
            yield ("answers", "properties", name), f"property {name!r} has an enum and is a {one.type}; expected type: string"
        elif one.enum:
            yield from _labels(one.enum, ("answers", "properties", name, "enum"))
    chosen = answers.properties.get(answers.field)
    if chosen is None or not chosen.required or not (chosen.enum or chosen.type == "boolean"):
        yield ("answers", "field"), (f"field {answers.field!r} is to become the prediction; expected a required property that is a boolean, "
                                     "or a string with an enum")


def _labels(labels: tuple[str, ...], path: Path) -> Iterator[tuple[Path, str]]:
    if len(labels) < 2:
        yield path, f"{len(labels)} labels are named; expected at least two"
    seen: set[str] = set()
    for place, label in enumerate(labels):
        if label in RESERVED or label != label.strip():
            yield (*path, place), f"{label!r} cannot be a label: it has blanks around it, or says that there is none"
        if label.casefold() in seen:
            yield (*path, place), f"label {label!r} is written twice; case does not matter"
        seen.add(label.casefold())


def _of_tools(spec: _File) -> Iterator[tuple[Path, str]]:
    for name, digest in spec.tools.items():
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            yield ("tools", name), f"tool {name!r} has a name that no endpoint takes; expected letters, digits, _ and -"
        try:
            parse_digest(digest)
        except ValueError as error:
            yield ("tools", name), f"tool {name!r}: {error}"
