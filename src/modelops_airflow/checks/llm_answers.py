"""llm-answers: can a language model's texts be used, how often does it refuse, how long are they, what do they cost, are they grounded?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.profile import Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .grounding import numbers_in, quotations, stands_in
from .sample import Sample, sample
from .spoken import NO_WORDS, Spoken, speak

METRICS = (
    "valid_answers_share", "refusal_rate", "truncated_share", "pattern_share", "answer_characters", "answer_tokens", "prompt_tokens", "cost_per_row",
    "quotes_grounded_share", "novel_numbers_share", "replayed_share", "refusal_rate_change", "answer_characters_ratio", "cost_ratio",
)


def _demand(options: Mapping[str, Any]) -> None:
    """Refuse a pattern that is none."""
    if options["pattern"]:
        _matching(["x"], options["pattern"])


@check("llm-answers", version=1, metrics=METRICS, together=_demand)
def llm_answers(
    profiles: Profiles,
    *,
    pattern: str = "",
    source: str = "",
    quote_words: int = 3,
    input_price: float = 0.0,
    output_price: float = 0.0,
    currency: str = "EUR",
    rows: int = 1000,
    seed: int = 0,
    context: CheckContext,
) -> Measurement:
    """Validity, refusals, length, cost and groundedness of a language model's texts.

    Args:
        pattern: regular expression of RE2 that a whole answer must match, blanks around it left out.
        source: column that answers must be grounded in; without it nothing is told of quotations and numbers.
        quote_words: words that a quotation must have to count (1 to 100).
        input_price: of a million tokens of the prompt (0 or more); cost is told where a price is above 0.
        output_price: of a million tokens of the answer (0 or more).
        currency: of the prices.
        rows: at most so many rows of each side, drawn without replacement (10 to 1,000,000).
        seed: of the draw (0 or more).

    Returns:
        Shares and means over the current rows. `valid_answers_share` is of texts that the model's description can read: one of
        its labels, JSON of its shape, or any text. `quotes_grounded_share` is of quotations, `novel_numbers_share` of answers
        with a number in digits that the source has not. With a baseline, the change of the refusal rate, and mean length and
        cost over those of the baseline. Not applicable to a model without texts.

    Raises:
        CheckError: no model, an answer that is none, a source that is no column of texts, a pattern that is none, or a number out of range.
    """
    drawn = sample(profiles, context, rows, seed)
    spoken = speak(context, drawn.features, "llm-answers")
    if spoken is None:
        return Measurement.not_applicable("llm-answers", NO_WORDS)
    prices = _Prices(input_price, output_price, currency)
    found = [*_states(spoken), *_lengths(spoken), *prices.rows(spoken)]
    if pattern:
        found.append(_share("pattern_share", _matching([one.strip() for one in spoken.answers], pattern)))
    if source:
        found += _grounded(spoken.answers, _texts(drawn, source), quote_words)
    notes = [drawn.told("current data", seed)]
    if context.baseline is not None:
        old = sample(profiles, context, rows, seed, side="baseline")
        before = speak(context, old.features, "llm-answers")
        if before is not None:
            found += _changes(found, [*_states(before), *_lengths(before), *prices.rows(before)])
            notes.append(old.told("baseline", seed))
    return Measurement.of("llm-answers", found, notes=notes)


def _share(name: str, truths: list[bool], reason: str | None = None) -> Metric:
    return Metric(name, sum(truths) / len(truths), n=len(truths), reason=reason)


def _states(spoken: Spoken) -> list[Metric]:
    return [
        _share("valid_answers_share", [one == "valid" for one in spoken.states]), _share("refusal_rate", [one == "refused" for one in spoken.states]),
        _share("truncated_share", [one == "length" for one in spoken.finishes]), _share("replayed_share", list(spoken.replayed)),
    ]


def _lengths(spoken: Spoken) -> list[Metric]:
    characters = [float(len(one)) for one in spoken.answers]
    return [Metric("answer_characters", sum(characters) / len(characters), n=len(characters), unit="characters"),
            _mean("answer_tokens", spoken.completion_tokens, "tokens"), _mean("prompt_tokens", spoken.prompt_tokens, "tokens")]


def _mean(name: str, counts: Any, unit: str) -> Metric:
    """Of counts that an endpoint may have left out: then the mean of the others would be of others."""
    lacking = sum(one is None for one in counts)
    if lacking:
        return Metric(name, None, n=len(counts), unit=unit, reason=f"the endpoint counted no tokens for {lacking} of {len(counts)} answers")
    return Metric(name, sum(counts) / len(counts), n=len(counts), unit=unit)


@dataclass(frozen=True)
class _Prices:
    """Of a million tokens."""

    prompt: float
    answer: float
    currency: str

    def rows(self, spoken: Spoken) -> Iterator[Metric]:
        """Mean cost of a row; none without a price."""
        if self.prompt or self.answer:
            costs = [None if sent is None or got is None else (sent * self.prompt + got * self.answer) / 1e6
                     for sent, got in zip(spoken.prompt_tokens, spoken.completion_tokens, strict=True)]
            yield _mean("cost_per_row", costs, self.currency)


def _matching(texts: list[str], pattern: str) -> list[bool]:
    """Which texts match as a whole; by RE2, which takes time in proportion to the text whatever the pattern."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pc.match_substring_regex(pa.array(texts, pa.string()), rf"\A(?:{pattern})\z").to_pylist()
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise CheckError(f"pattern {pattern!r} is no regular expression of RE2: {str(error).splitlines()[0][:200]}") from None
    return [bool(one) for one in found]


def _texts(drawn: Sample, source: str) -> list[str]:
    if source not in drawn.table.column_names:
        raise CheckError(f"source {source!r} is not a column of the data; columns: {', '.join(drawn.table.column_names)}")
    found = drawn.table[source].to_pylist()
    texts = [one for one in found if isinstance(one, str)]
    if len(texts) < len(found):
        raise CheckError(f"source {source!r} is not a text in every row; expected one to compare the answer with")
    return texts


def _grounded(answers: Any, sources: list[str], least_words: int) -> Iterator[Metric]:
    quoted = [stands_in(one, source) for answer, source in zip(answers, sources, strict=True) for one in quotations(answer, least_words)]
    yield _share("quotes_grounded_share", quoted) if quoted else Metric("quotes_grounded_share", None, n=0, reason="no answer quotes anything")
    yield _share("novel_numbers_share", [not numbers_in(answer) <= numbers_in(source) for answer, source in zip(answers, sources, strict=True)])


def _changes(now: list[Metric], before: list[Metric]) -> Iterator[Metric]:
    """Beside the baseline, by name."""
    old, new = ({one.name: one for one in side} for side in (before, now))
    for name, told in (("refusal_rate", "refusal_rate_change"), ("answer_characters", "answer_characters_ratio"), ("cost_per_row", "cost_ratio")):
        if name not in old:
            continue
        a, b = old[name].value, new[name].value
        if a is None or b is None:
            yield Metric(told, None, n=new[name].n, reason=(new[name] if b is None else old[name]).reason)
        elif told.endswith("_change"):
            yield Metric(told, b - a, n=new[name].n, reference="baseline")
        else:
            yield Metric(told, b / a if a else None, n=new[name].n, reference="baseline", reason=None if a else "that of the baseline is 0")
