"""Expressions over the facts of a model: `facts.domain == 'employment' and not ('US' in facts.jurisdictions)`.

Read by a recursive descent of our own, bounded in length and depth, and typed while it is read: nothing is left to go wrong when
it is evaluated, but a fact that nobody stated. Weakest first: `implies`, `or`, `and`, `not`, then one comparison
(`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`), then `len()`, parentheses, texts, numbers, lists of these, `true`, `false` and facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..registry import did_you_mean
from .facts import FACTS, Fact
from .node import Comparison, Constant, Length, Logic, Node, Not, Stated

MAX_LENGTH = 500
MAX_DEPTH = 20

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?[0-9]{1,15}(?:\.[0-9]{1,15})?)(?![\w.])|(?P<text>'[^'\\]*'|\"[^\"\\]*\")"
    r"|(?P<sign><=|>=|==|!=|<|>|\(|\)|\[|\]|,)|(?P<word>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*))"
)
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
_RESERVED = frozenset({"and", "or", "not", "implies", "in", "true", "false", "len"})
_LOGIC = ("implies", "or", "and")


class ExpressionError(ValueError):
    """An expression that is none.

    Attributes:
        column: 1-based, in the expression.
    """

    def __init__(self, message: str, column: int) -> None:
        self.column = column
        super().__init__(f"column {column}: {message}")


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int


@dataclass(frozen=True)
class _Typed:
    """A part that was read: its type (`truth`, `number`, `text`, `texts`, `numbers`), and the fact that it is, if it is one."""

    node: Node
    type: str
    fact: Fact | None = None


def parse(text: str, facts: Mapping[str, Fact] = FACTS) -> Node:
    """An expression that is true or false of a model.

    Raises:
        ExpressionError: it is none, is too long or too deep, compares what cannot be compared, or names a fact or value that does not exist.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text)} characters; expected at most {MAX_LENGTH}", MAX_LENGTH + 1)
    reader = _Reader(_tokens(text), facts, len(text) + 1)
    read = reader.logic(0, 0)
    reader.end()
    return reader.truth(read, 1).node


def _tokens(text: str) -> list[_Token]:
    found, place = [], 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.end() == place:
            column = place + len(text[place:]) - len(text[place:].lstrip())
            raise ExpressionError(f"{text[column]!r} does not belong here", column + 1)
        kind = str(match.lastgroup)
        found.append(_Token(kind, match.group(kind), match.start(kind) + 1))
        place = match.end()
    return found


class _Reader:
    """Reads tokens from the left; never goes back."""

    def __init__(self, tokens: Sequence[_Token], facts: Mapping[str, Fact], end: int) -> None:
        self._tokens, self._facts, self._end, self._at = tokens, facts, end, 0

    @property
    def column(self) -> int:
        """Where the next token stands."""
        return self._tokens[self._at].column if self._at < len(self._tokens) else self._end

    def _next(self, *texts: str) -> bool:
        """Whether the next token is one of these; it is taken then."""
        there = self._at < len(self._tokens) and self._tokens[self._at].kind != "text" and self._tokens[self._at].text in texts
        self._at += there
        return there

    def end(self) -> None:
        """Nothing may follow."""
        if self._at < len(self._tokens):
            raise ExpressionError(f"{self._tokens[self._at].text!r} does not belong here; expected and, or, implies, or the end", self.column)

    def truth(self, read: _Typed, column: int) -> _Typed:
        """What must be true or false."""
        if read.type != "truth":
            raise ExpressionError(f"a {read.type} is neither true nor false; compare it with something", column)
        return read

    def logic(self, level: int, depth: int) -> _Typed:
        """`implies`, `or` and `and`, weakest first; `implies` groups to the right."""
        if depth > MAX_DEPTH:
            raise ExpressionError(f"more than {MAX_DEPTH} parts are inside each other", self.column)
        if level == len(_LOGIC):
            return self._negation(depth)
        word, start = _LOGIC[level], self.column
        left = self.logic(level + 1, depth)
        while self._next(word):
            place = self.column
            right = self.logic(level if word == "implies" else level + 1, depth + 1)
            left = _Typed(Logic(word, self.truth(left, start).node, self.truth(right, place).node), "truth")
            depth += 1
            if depth > MAX_DEPTH:
                raise ExpressionError(f"more than {MAX_DEPTH} parts are inside each other", self.column)
        return left

    def _negation(self, depth: int) -> _Typed:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"more than {MAX_DEPTH} parts are inside each other", self.column)
        if self._next("not"):
            place = self.column
            return _Typed(Not(self.truth(self._negation(depth + 1), place).node), "truth")
        return self._comparison(depth)

    def _comparison(self, depth: int) -> _Typed:
        left, place = self._primary(depth), self.column
        sign = next((one for one in ("==", "!=", "<=", ">=", "<", ">", "in") if self._next(one)), "")
        if not sign and self._next("not"):
            if not self._next("in"):
                raise ExpressionError("expected `not in`", place)
            sign = "not in"
        if not sign:
            return left
        right = self._primary(depth)
        self._comparable(sign, left, right, place)
        if self._at < len(self._tokens) and self._tokens[self._at].text in _COMPARISONS:
            raise ExpressionError("comparisons are not chained; join two with and", self.column)
        return _Typed(Comparison(sign, left.node, right.node), "truth")

    def _comparable(self, sign: str, left: _Typed, right: _Typed, column: int) -> None:
        if sign in ("in", "not in"):
            good = (left.type, right.type) in (("text", "texts"), ("number", "numbers"))
        elif sign in ("==", "!="):
            good = left.type == right.type and left.type in ("text", "number", "truth")
        else:
            good = left.type == right.type == "number"
        if not good:
            raise ExpressionError(f"a {left.type} and a {right.type} are not compared with {sign!r}", column)
        for fact, other in ((left.fact, right.node), (right.fact, left.node)):
            if fact is not None and fact.values and isinstance(other, Constant):
                asked = other.value if isinstance(other.value, tuple) else (other.value,)
                for one in asked:
                    if one not in fact.values:
                        raise ExpressionError(f"{fact.name} is never {one!r}{did_you_mean(str(one), [str(value) for value in fact.values])}", column)

    def _primary(self, depth: int) -> _Typed:
        if self._at >= len(self._tokens):
            raise ExpressionError("the expression ends too early; expected a fact, a text, a number or a parenthesis", self._end)
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "text":
            return _Typed(Constant(token.text[1:-1]), "text")
        if token.kind == "number":
            return _Typed(Constant(float(token.text)), "number")
        if token.text == "(":
            inner = self.logic(0, depth + 1)
            self._close(")")
            return inner
        if token.text == "[":
            return self._items(token.column)
        if token.text == "len":
            return self._length(depth)
        if token.text in ("true", "false"):
            return _Typed(Constant(token.text == "true"), "truth")
        return self._fact(token)

    def _fact(self, token: _Token) -> _Typed:
        if token.kind != "word" or token.text in _RESERVED:
            raise ExpressionError(f"{token.text!r} does not belong here; expected a fact, a text, a number or a parenthesis", token.column)
        if token.text not in self._facts:
            raise ExpressionError(f"there is no fact {token.text!r}{did_you_mean(token.text, list(self._facts))}", token.column)
        fact = self._facts[token.text]
        return _Typed(Stated(token.text), fact.type, fact)

    def _length(self, depth: int) -> _Typed:
        place = self.column
        if not self._next("("):
            raise ExpressionError("expected a parenthesis after len", place)
        inside = self.column
        of = self.logic(0, depth + 1)
        if of.type not in ("texts", "numbers"):
            raise ExpressionError(f"len() is of a list, not of a {of.type}", inside)
        self._close(")")
        return _Typed(Length(of.node), "number")

    def _items(self, column: int) -> _Typed:
        found: list[str | float] = []
        kinds: set[str] = set()
        while not self._next("]"):
            if found and not self._next(","):
                raise ExpressionError("expected a comma or the end of the list", self.column)
            place, token = self.column, self._tokens[self._at] if self._at < len(self._tokens) else None
            if token is None or token.kind not in ("text", "number"):
                raise ExpressionError("a list has texts or numbers", place)
            self._at += 1
            found.append(token.text[1:-1] if token.kind == "text" else float(token.text))
            kinds.add(token.kind)
        if len(kinds) != 1:
            raise ExpressionError("a list has texts or numbers, one kind of them and at least one", column)
        return _Typed(Constant(tuple(found)), f"{kinds.pop()}s")

    def _close(self, sign: str) -> None:
        if not self._next(sign):
            raise ExpressionError(f"expected {sign!r}", self.column)
