"""Writes docs/reference/ from the code: `make docs`. A test compares what is written with what the code says."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from modelops_airflow.checks.expected import FROM_PROFILE
from modelops_airflow.checks.native import NATIVE
from modelops_airflow.checks.own import CODES as CHECK_CODES
from modelops_airflow.checks.vocabulary import TYPES
from modelops_airflow.cli import catalogue
from modelops_airflow.cli.app import app
from modelops_airflow.cli.questions import matrix_rows
from modelops_airflow.kinds import KINDS
from modelops_airflow.plan.codes import CODES as PLAN_CODES
from modelops_airflow.policy.codes import CODES as PACK_CODES
from modelops_airflow.policy.facts import FACTS
from modelops_airflow.spec.codes import CODES as SPEC_CODES
from modelops_airflow.spec.schema import json_schema
from modelops_airflow.targets import TARGETS, parameters_of_target

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by `make docs` from the code; do not edit. -->\n"


def pages() -> dict[str, str]:
    """Every page of the reference by file name."""
    return {
        "checks.md": checks(), "expectations.md": expectations(), "kinds.md": kinds(), "targets.md": targets(), "lifecycles.md": lifecycles(),
        "policies.md": policies(), "command-line.md": command_line(), "yaml.md": yaml_keys(), "errors.md": errors(),
    }


def page(title: str, *parts: str) -> str:
    """A page with its title."""
    return "\n".join([NOTE, f"# {title}", "", *parts]).rstrip() + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell(one) for one in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(value: object) -> str:
    """A value inside a table."""
    if isinstance(value, list | tuple):
        value = ", ".join(f"`{one}`" for one in value)
    return str(value).replace("|", "\\|").replace("\n", " ")


def checks() -> str:
    """Checks with parameters and metrics."""
    parts = ["A check measures; requirements decide. `modelops check NAME` runs any of them alone.\n"]
    for one in catalogue.check_rows():
        parts += [f"## {one['check']}", "", f"{one['what']} Version {one['version']}.", "",
                  f"Metrics: {cell(one['metrics'])}.", "",
                  parameters("parameter", one["parameters"])]
    return page("Checks", *parts)


def parameters(word: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Parameters of a check, or options of a kind."""
    return table((word, "is", "default", "what"), ((f"`{row['name']}`", row["type"], f"`{row['default']!r}`", row["doc"]) for row in rows))


def expectations() -> str:
    """Types of expectations, who answers them, and their keywords."""
    words = ("The types and keywords of Great Expectations. *profile*: the scan that every run makes anyway; *scan*: one more reading of the "
             "columns that are asked for; everything else is run by the library, which takes seconds more. So is every expectation that cannot "
             "be answered exactly as the library answers it: with `row_condition`, on a kind of column whose rules are pandas' own, or with a "
             "computed number so near to its bound that rounding would decide. The tests compare each type with the library, field by field.\n")
    rows = [(f"`{name}`", " or ".join([*(["profile"] if name in FROM_PROFILE else []), *(["scan"] if name in NATIVE else []), "library"]),
             sorted(one.required), sorted(one.optional)) for name, one in TYPES.items()]
    return page("Expectations", words, table(("type", "answered by", "required", "may have"), rows))


def kinds() -> str:
    """Kinds of model."""
    rows = [(f"`{one['kind']}`", [file or "no ending" for file in one["files"]], f"`{one['extra']}`" if one["extra"] else "", one["what"])
            for one in catalogue.kind_rows()]
    more = {name: (inspect.getdoc(type(KINDS[name])) or "").partition("\n\n")[2] for name in sorted(KINDS)}
    options = {one["kind"]: one["options"] for one in catalogue.kind_rows()}
    parts = [part for name, text in more.items() if text or options[name]
             for part in (f"## {name}", "", text, "", *([parameters("option", options[name])] if options[name] else []))]
    return page("Kinds of model", table(("kind", "artifacts", "extra of the package", "what"), rows), *parts)


def targets() -> str:
    """Targets."""
    told = catalogue.target_rows()
    rows = [(f"`{one['target']}`", one["its gate is"], one["what"]) for one in told]
    words = ("How strongly a gate holds: *enforced* (the runtime verifies), *gated* (only our deployer has the credentials), "
             "*observed* (we compare), *declared* (we are told).\n")
    parts = [table(("target", "its gate is", "what"), rows)]
    for one in told:
        more = (inspect.getdoc(TARGETS[one["target"]]) or "").partition("\n\n")[2]
        parts += [f"## {one['target']}", "", *([more, ""] if more else []), table(("option", "is", "default", "what"), (
            (f"`{row.name}`", row.words, "required" if row.required else f"`{row.default!r}`", row.doc)
            for row in parameters_of_target(one["target"]).values()))]
    return page("Targets", words, *parts)


def lifecycles() -> str:
    """Life cycles of the library."""
    parts = []
    for one in catalogue.lifecycle_rows():
        starts = f"Starts on {one['on']}" + (f", by default `{one['schedule']}`" if one["schedule"] else "")
        parts += [f"## {one['lifecycle']}", "", f"{one['what']} Version {one['version']}. {starts}.", "",
                  f"Steps: {cell(one['steps'])}.", ""]
    return page("Life cycles", *parts)


def policies() -> str:
    """Policy packs."""
    rows = catalogue.policy_rows()
    parts = [
        "What packs are, and how they apply, is in [policy packs](../explanation/policy-packs.md). A *draft* was written without its source at "
        "hand: nothing in it is told as plainly satisfied. Nothing here is legal advice.\n",
        "## Coverage", "", "Automated: machines judge it. Attested: a person of a role says so at a gate. Assisted: both.\n",
        table(("pack", "status", "controls", "automated", "assisted", "attested"), (_coverage(one) for one in rows if one["controls"])),
        "## Facts", "", "Expressions of packs ask for these. Those that begin with `facts.` are stated under `model.facts` of a model file.\n",
        table(("fact", "is", "what"), ((f"`{one.name}`", one.expected, one.text) for one in FACTS.values())),
    ]
    for one in rows:
        parts += [f"## {one['policy']}", "", f"{one['what']} Version {one['version']}" + (f", basis: {one['basis']}." if one["basis"] else "."), "",
                  *_about(one), *_questions(one), *_tiers(one), *([_controls(one["controls"])] if one["controls"] else [])]
    return page("Policies", *parts)


def _questions(one: Mapping[str, Any]) -> list[str]:
    tiering = one["tiering"]
    if not tiering:
        return []
    axes = ", ".join(f"`{axis['id']}` ({axis['text'].rstrip('.')})" for axis in tiering["axes"])
    asked = ((f"`{row['id']}`", row["axis"], row["text"], ", ".join(f"`{answer}` {score}" for answer, score in row["answers"].items()), row["why"]) for row in tiering["questions"])
    return [f"Questions about risk, on the axes {axes}; the riskiest answer counts on each.\n",
            table(("question", "axis", "asks", "answers and scores", "why"), asked),
            table((" / ".join(axis["id"] for axis in tiering["axes"]), "tier"), matrix_rows(tiering))]


def _coverage(one: Mapping[str, Any]) -> tuple[object, ...]:
    hows = [control["how"] for control in one["controls"]]
    return (f"`{one['policy']}`", f"{one['status']}{', draft' if one['draft'] else ''}", len(hows), *(hows.count(word) for word in ("automated", "assisted", "attested")))


def _about(one: Mapping[str, Any]) -> list[str]:
    about = one["about"]
    if not one["controls"]:
        return []
    told = [f"Status: {one['status']}{', **draft**: its source was not read' if one['draft'] else ''}"]
    told += [f"{word}: {about[key]}" for key, word in (("jurisdiction", "Jurisdiction"), ("force", "Force"), ("source", "Source")) if about.get(key)]
    if effective := about.get("effective"):
        later = "".join(f"; from {row['from']} where `{row['when']}`" for row in effective.get("later", ()))
        told.append(f"In effect from {effective['from']}{' to ' + effective['to'] if 'to' in effective else ''}{later} ({effective['basis']})")
    told += [f"{word} `{about[key]}`" for key, word in (("superseded_by", "Superseded by"), ("extends", "Takes over the controls of")) if about.get(key)]
    told += [f"Without {', '.join(about['remove'])}"] if about.get("remove") else []
    told.append(f"Applies where `{about['applies_when']}`" if about.get("applies_when") else "Applies to every model")
    if kept := about.get("retention"):
        told.append(f"Records are kept {kept['keep']} from {kept['since']} on ({kept['basis']})")
    told += [f"Keeps apart: {'; '.join(' and '.join(rule['roles']) for rule in about['separation'])}"] if about.get("separation") else []
    told += [about["note"]] if about.get("note") else []
    return [*(f"- {line.rstrip('.')}." for line in told), ""]


def _controls(controls: Sequence[Mapping[str, Any]]) -> str:
    return table(("control", "written in", "asks", "class", "how", "applies where", "demands", "again after"), (
        (f"`{one['id']}`", one["ref"], one["text"], one["class"], one["how"], f"`{one['applies_when']}`" if "applies_when" in one else "",
         _demands(one), _every(one.get("every"))) for one in controls))


def _demands(one: Mapping[str, Any]) -> str:
    told = [f"step `{kind}`" for kind in one["steps"]]
    told += [f"{_number(metric, rule)} ({rule['basis']})" for metric, rule in one["numbers"].items()]
    told += [f"approval: {number} {role} ({one['approvals']['basis']})" for role, number in one.get("approvals", {}).get("roles", {}).items()]
    told += [f"{one['attest']['role']}: \u201c{one['attest']['statement']}\u201d"] if "attest" in one else []
    return "; ".join(told)


def _every(every: Mapping[str, Any] | None) -> str:
    if every is None:
        return ""
    tiers = ", ".join(f"tier {tier} {period}" for tier, period in every["by_tier"].items())
    return f"{every.get('period') or tiers} ({every['basis']})"


def _tiers(one: Mapping[str, Any]) -> list[str]:
    if not one["tiers"]:
        return []
    rows = [(tier, rules["steps"], rules["steps_for_persons"],
             ", ".join(f"{number} {role}" for role, number in rules["approvals"].items()) or "",
             rules["control_approvals"], "; ".join(_number(*item) for item in rules["numbers"].items()),
             "forbids them" if rules.get("formats") == [] else rules.get("formats", ""))
            for tier, rules in one["tiers"].items()]
    return [table(("tier", "required steps", "and if it decides on persons", "approvals by role",
                   "approvals of the control side", "numbers", "formats that can run code"), rows)]


def _number(metric: str, rule: dict[str, Any]) -> str:
    return f"`{metric}` " + ", ".join(f"{word} `{rule[word]}`" for word in ("warn", "fail") if rule.get(word))


def command_line() -> str:
    """Every command with its arguments and options, from the application itself."""
    root = typer.main.get_command(app)
    parts = ["Exit codes: 0 fine, 1 a requirement failed or an action was refused, 2 the input is wrong. Every command takes "
             "`--json`, and `--debug` shows the traceback of an error.\n"]
    parts += [part for name in sorted(root.commands) for part in _command(f"modelops {name}", root.commands[name])]
    return page("Command line", *parts)


def _command(name: str, command: Any) -> list[str]:
    if hasattr(command, "commands"):
        below = [part for sub in sorted(command.commands) for part in _command(f"{name} {sub}", command.commands[sub])]
        return [*(_alone(name, command) if command.invoke_without_command else []), *below]
    return _alone(name, command)


def _alone(name: str, command: Any) -> list[str]:
    rows = [(_usage(one), (one.help if hasattr(one, "help") else "") or "",
             f"`{one.default}`" if isinstance(one.default, str | int) and one.default not in ("", False, True) else "")
            for one in command.params if one.name != "help"]
    return [f"## {name}", "", (command.help or "").strip(), "", table(("argument or option", "what", "default"), rows)]


def _usage(one: Any) -> str:
    return f"`{one.opts[0]}`" if one.param_type_name == "option" else f"`{(one.metavar or one.name).upper()}`"


def yaml_keys() -> str:
    """Keys of our YAML files, from the types that read them."""
    parts = ["Unknown keys are errors. `modelops schema` prints the same as JSON Schema for editors.\n"]
    for kind, title in (("model", "A model file: dags/models/ID.yaml"), ("governance", "dags/governance.yaml"),
                        ("lifecycle", "A life cycle of the library"), ("policy", "A policy pack")):
        schema = json_schema(kind)
        parts += [f"## {title}", "", _keys(schema)]
        for name, part in sorted(schema.get("$defs", {}).items()):
            if "properties" in part:
                parts += [f"### {name} ({kind})", "", (part.get("description") or "").strip(), "", _keys(part)]
    return page("YAML keys", *parts)


def _keys(schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [(f"`{key}`", "yes" if key in required else "", _type(one), f"`{one['default']}`" if one.get("default") not in
             (None, [], {}, "") and not isinstance(one.get("default"), dict) else "", one.get("description", "").replace("\n", " ")) for key, one in schema["properties"].items()]
    return table(("key", "required", "is", "default", "what"), rows)


def _type(one: dict[str, Any]) -> str:
    if "$ref" in one:
        return one["$ref"].rsplit("/", 1)[-1]
    if "anyOf" in one or "oneOf" in one:
        kinds = [_type(part) for part in one.get("anyOf") or one["oneOf"]]
        return " or ".join(kind for kind in kinds if kind != "null")
    if "enum" in one or "const" in one:
        return "one of " + ", ".join(f"`{value}`" for value in one.get("enum", [one.get("const")]))
    if one.get("type") == "array":
        return f"list of {_type(one.get('items', {}))}"
    if one.get("type") == "object":
        inner = one.get("additionalProperties")
        return f"mapping of {_type(inner)}" if isinstance(inner, dict) and inner else "mapping"
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}.get(
        str(one.get("type")), str(one.get("type", "anything")))


def errors() -> str:
    """Codes of mistakes."""
    words = "A mistake is told as `file:line:column: CODE message (expected ..., found ...; next step)`. Codes never change.\n"
    return page("Codes of mistakes", words, table(("code", "what"), [*SPEC_CODES.items(), *PLAN_CODES.items(), *PACK_CODES.items(), *CHECK_CODES.items()]))


def main() -> None:
    """Write every page, or with `--check` say which differ."""
    stale = []
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        path = REFERENCE / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    print(f"docs/reference: {len(stale)} of {len(pages())} pages {'differ' if '--check' in sys.argv else 'written'}")
    if stale and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
