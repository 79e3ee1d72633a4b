"""The codes of everything the reader can find wrong; stable, never renumbered."""

from __future__ import annotations

CODES = {
    "SPEC001": "the file cannot be read as text",
    "SPEC002": "the text is not YAML",
    "SPEC003": "a limit of size, depth or number of items is exceeded",
    "SPEC004": "a YAML feature that is not allowed: tag, anchor, alias, merge key, second document",
    "SPEC005": "a key is written twice",
    "SPEC006": "null or an empty value",
    "SPEC007": "a number that is not finite or too large to be exact",
    "SPEC008": "a control or direction-changing character",
    "SPEC009": "an unknown key",
    "SPEC010": "a required key is missing",
    "SPEC011": "a value of the wrong type",
    "SPEC012": "a value that is not permitted",
    "SPEC013": "the file's name and the model's id disagree, or the name is no id that a model can have",
    "SPEC014": "something that looks like a secret",
    "SPEC015": "governance: a name that nobody or nothing has, or a person on both sides",
    "SPEC016": "a query that is not one SELECT that only reads",
}
