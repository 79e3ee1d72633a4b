"""Writes DMN files for tests."""

from __future__ import annotations

from xml.sax.saxutils import escape

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def dmn(rules, *, inputs, outputs=(("answer", "string", ""),), hit="UNIQUE", more="", namespace=MODEL, default=(), name="Answer", id_="answer"):
    """A file of one decision; inputs and outputs are (name, type, allowed values), a rule is its cells."""
    return definitions(decision(rules, inputs=inputs, outputs=outputs, hit=hit, default=default, name=name, id_=id_), more, namespace=namespace)


def definitions(*parts, namespace=MODEL):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{namespace}" id="d" name="d" namespace="urn:x">\n{"".join(parts)}</definitions>\n'.encode()


def decision(rules, *, inputs, outputs=(("answer", "string", ""),), hit="UNIQUE", default=(), name="Answer", id_="answer", requires=""):
    columns = "".join(
        f'<input><inputExpression{f" typeRef={chr(34)}{kind}{chr(34)}" if kind else ""}>{_text(column)}</inputExpression>'
        f'{f"<inputValues>{_text(allowed)}</inputValues>" if allowed else ""}</input>\n' for column, kind, allowed in inputs)
    answers = "".join(
        f'<output name="{column}"{f" typeRef={chr(34)}{kind}{chr(34)}" if kind else ""}>{f"<outputValues>{_text(listed)}</outputValues>" if listed else ""}'
        f'{f"<defaultOutputEntry>{_text(default[place])}</defaultOutputEntry>" if default else ""}</output>\n'
        for place, (column, kind, listed) in enumerate(outputs))
    rows = "".join(
        f'<rule id="r{place}">{"".join(f"<inputEntry>{_text(cell)}</inputEntry>" for cell in row[: len(inputs)])}'
        f'{"".join(f"<outputEntry>{_text(cell)}</outputEntry>" for cell in row[len(inputs) :])}</rule>\n' for place, row in enumerate(rules, start=1))
    return f'<decision id="{id_}" name="{name}">{requires}<decisionTable hitPolicy="{hit}">\n{columns}{answers}{rows}</decisionTable></decision>\n'


def _text(cell):
    return f"<text>{escape(cell)}</text>"
