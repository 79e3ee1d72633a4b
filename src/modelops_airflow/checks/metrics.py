"""The metric names of the language: what they mean and which side is bad.

YAML, JSON, database and documents share these names. Names are public: never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """What a metric says.

    Attributes:
        text: one line for people.
        high_is_bad: True, False, or None where both sides can be (then `==`-like limits need two rules).
    """

    text: str
    high_is_bad: bool | None


def _bad_high(text: str) -> Meaning:
    return Meaning(text, True)


def _bad_low(text: str) -> Meaning:
    return Meaning(text, False)


_OTHER_RATES = ("tnr", "fpr", "fnr", "npv", "fdr", "for", "accuracy")
"""Rates whose difference and ratio have no name of their own."""

METRICS: dict[str, Meaning] = {
    # scan-artifact, profile
    "format_allowed": _bad_low("1 if the artifact's content is of its kind's format"),
    "untrusted_types": _bad_high("types in the artifact that are not on the allow-list"),
    "artifact_findings": _bad_high("things the kind's own scan objects to"),
    "rows": _bad_low("rows scanned"),
    # expectations
    "expectations": _bad_low("expectations evaluated"),
    "expectations_met_share": _bad_low("share of expectations met"),
    "critical_failed": _bad_high("failed expectations of severity critical"),
    "warning_failed": _bad_high("failed expectations of severity warning"),
    "info_failed": _bad_high("failed expectations of severity info"),
    "unexpected_share": _bad_high("share of values that break an expectation"),
    # imported-results
    "results": _bad_low("results of another tool, of whatever outcome"),
    "results_passed_share": _bad_low("share of another tool's results that passed; what warned, erred or was skipped did not"),
    "results_failed": _bad_high("results of another tool that failed; unknown where something erred or was skipped"),
    "results_warned": _bad_high("results of another tool that are not met and only warn"),
    "results_errored": _bad_high("results that another tool could not evaluate"),
    "results_skipped": _bad_high("results that another tool skipped"),
    "result_passed": _bad_low("1 if one result of another tool passed, 0 if not; unknown if it erred or was skipped"),
    "imported_value": Meaning("a number that another tool measured", None),
    # evidently
    "evidently_value": Meaning("a number of a report of Evidently", None),
    # performance
    "labelled_share": _bad_low("share of rows with a known label, which all other measures rest on"),
    "auc": _bad_low("area under the ROC curve"),
    "gini": _bad_low("2 auc - 1"),
    "ks": _bad_low("largest distance of the score distributions of both classes"),
    "accuracy": _bad_low("share of right predictions"),
    "precision": _bad_low("share of positive predictions that are right"),
    "recall": _bad_low("share of positives that are found"),
    "f1": _bad_low("harmonic mean of precision and recall"),
    "logloss": _bad_high("mean negative log-likelihood, natural logarithm"),
    "brier": _bad_high("mean squared error of the probability"),
    "ece": _bad_high("expected calibration error over ten equal-width bins"),
    "rmse": _bad_high("root of the mean squared error"),
    "mae": _bad_high("mean absolute error"),
    "r2": _bad_low("share of variance explained"),
    "mape": _bad_high("mean absolute error relative to the truth"),
    # bias
    "n": Meaning("rows of the group", None),
    "selection_rate": Meaning("share with the favourable prediction", None),
    "impact_ratio": _bad_low("selection rate over that of the reference group"),
    "scoring_rate": Meaning("share whose score is above the median of all rows", None),
    "scoring_impact_ratio": _bad_low("scoring rate over that of the reference group"),
    "demographic_parity_difference": _bad_high("largest difference of selection rates"),
    "demographic_parity_ratio": _bad_low("smallest over largest selection rate"),
    "equalized_odds_difference": _bad_high("larger of the largest differences of tpr and fpr"),
    "equalized_odds_ratio": _bad_low("smaller of the ratios of tpr and fpr"),
    "equal_opportunity_difference": _bad_high("largest difference of tpr"),
    "equal_opportunity_ratio": _bad_low("smallest over largest tpr"),
    "predictive_parity_difference": _bad_high("largest difference of precision"),
    "predictive_parity_ratio": _bad_low("smallest over largest precision"),
    **{f"{rate}_difference": _bad_high(f"largest difference of {rate}") for rate in _OTHER_RATES},
    **{f"{rate}_ratio": _bad_low(f"smallest over largest {rate}") for rate in _OTHER_RATES},
    "tpr": Meaning("share of deserving that get the favourable prediction", None),
    "tnr": Meaning("share of undeserving that do not", None),
    "fpr": Meaning("share of undeserving that get the favourable prediction", None),
    "fnr": Meaning("share of deserving that do not", None),
    "npv": Meaning("share of unfavourable predictions that are right", None),
    "fdr": Meaning("share of favourable predictions that are wrong", None),
    "for": Meaning("share of unfavourable predictions that are wrong", None),
    # drift
    "psi": _bad_high("population stability index"),
    "jensenshannon": _bad_high("Jensen-Shannon distance"),
    "ks_distance": _bad_high("largest distance of the two distribution functions"),
    "ks_p": _bad_low("p-value of the two-sample Kolmogorov-Smirnov test"),
    "wasserstein": _bad_high("Wasserstein distance over the baseline's standard deviation"),
    "kl_div": _bad_high("Kullback-Leibler divergence"),
    "hellinger": _bad_high("Hellinger distance"),
    "ed": _bad_high("energy distance"),
    "t_test_p": _bad_low("p-value of the two-sample t-test with equal variances"),
    "mannw_p": _bad_low("p-value of the one-sided Mann-Whitney U test"),
    "anderson_p": _bad_low("p-value of the two-sample Anderson-Darling test"),
    "cramer_von_mises_p": _bad_low("p-value of the two-sample Cramér-von Mises test"),
    "es_p": _bad_low("p-value of the Epps-Singleton test"),
    "empirical_mmd_p": _bad_low("permutation p-value of the maximum mean discrepancy"),
    "chisquare_p": _bad_low("p-value of the chi-square test"),
    "z_p": _bad_low("p-value of the two-sided z-test of the first label's share"),
    "g_test_p": _bad_low("p-value of the likelihood-ratio test of shares"),
    "fisher_exact_p": _bad_low("p-value of Fisher's exact test, for two labels"),
    "tvd_p": _bad_low("permutation p-value of the total variation distance"),
    "drifted_share": _bad_high("share of columns beyond the method's default threshold"),
}
