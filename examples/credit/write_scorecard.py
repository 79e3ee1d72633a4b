"""Trains a logistic regression on the baseline and writes it as PMML 4.4, by the standard alone.

    python examples/credit/write_scorecard.py
"""

from __future__ import annotations

from xml.etree import ElementTree as Xml

import pandas as pd
from sklearn.linear_model import LogisticRegression
from train import HERE, NUMBERS, WORDS

SPACE = "http://www.dmg.org/PMML-4_4"


def trained(data: pd.DataFrame) -> tuple[LogisticRegression, pd.DataFrame]:
    """The regression, and the columns it was trained on: amounts in thousands, a column for each word."""
    columns = pd.get_dummies(data[NUMBERS + WORDS], columns=WORDS, prefix_sep="=", dtype=float)
    columns["amount"] /= 1000
    return LogisticRegression(C=0.2, max_iter=5000, random_state=0).fit(columns, data["defaulted"]), columns


def document(data: pd.DataFrame) -> bytes:
    """The PMML."""
    root = Xml.Element("PMML", {"xmlns": SPACE, "version": "4.4"})
    Xml.SubElement(Xml.SubElement(root, "Header", {"description": "Credit scorecard"}), "Application", {"name": "write_scorecard.py"})
    dictionary(Xml.SubElement(root, "DataDictionary"), data)
    regression = Xml.SubElement(root, "RegressionModel", {"functionName": "classification", "normalizationMethod": "logit"})
    schema = Xml.SubElement(regression, "MiningSchema")
    Xml.SubElement(schema, "MiningField", {"name": "defaulted", "usageType": "target"})
    for name in NUMBERS + WORDS:
        Xml.SubElement(schema, "MiningField", {"name": name})
    tables(regression, *trained(data))
    Xml.indent(root)
    return Xml.tostring(root, encoding="utf-8", xml_declaration=True)


def dictionary(fields: Xml.Element, data: pd.DataFrame) -> None:
    """Every column with its type, words with all that were seen."""
    for name in NUMBERS:
        Xml.SubElement(fields, "DataField", {"name": name, "optype": "continuous", "dataType": "double"})
    for name in WORDS:
        field = Xml.SubElement(fields, "DataField", {"name": name, "optype": "categorical", "dataType": "string"})
        for word in sorted(data[name].unique()):
            Xml.SubElement(field, "Value", {"value": word})
    target = Xml.SubElement(fields, "DataField", {"name": "defaulted", "optype": "categorical", "dataType": "integer"})
    for label in ("0", "1"):
        Xml.SubElement(target, "Value", {"value": label})


def tables(regression: Xml.Element, model: LogisticRegression, columns: pd.DataFrame) -> None:
    """The coefficients of label 1; those of label 0 are none."""
    table = Xml.SubElement(regression, "RegressionTable", {"targetCategory": "1", "intercept": repr(float(model.intercept_[0]))})
    for column, coefficient in zip(columns, model.coef_[0].tolist(), strict=True):
        name, _, word = column.partition("=")  # numbers come first, as PMML wants them
        if word:
            Xml.SubElement(table, "CategoricalPredictor", {"name": name, "value": word, "coefficient": repr(coefficient)})
        else:
            Xml.SubElement(table, "NumericPredictor", {"name": name, "coefficient": repr(coefficient / 1000 if name == "amount" else coefficient)})
    Xml.SubElement(regression, "RegressionTable", {"targetCategory": "0", "intercept": "0"})


if __name__ == "__main__":
    (HERE / "scorecard-1.0.0.pmml").write_bytes(document(pd.read_parquet(HERE / "baseline.parquet")))
