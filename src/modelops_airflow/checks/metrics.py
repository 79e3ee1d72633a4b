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

_ESTIMATED = ("accuracy", "precision", "recall", "specificity", "f1", "auc")

_PERFORMANCE = (
    "auc", "gini", "ks", "pr_auc", "accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "mcc", "logloss", "brier",
    "ece", "rmse", "mae", "r2", "mape",
)

_CHANGING = (
    *_PERFORMANCE, "ndcg", "map", "mrr", "precision_at_k", "recall_at_k", *(f"estimated_{name}" for name in _ESTIMATED),
)
"""Measures that are also told as a change against the baseline."""

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
    # evidence-from
    "environment_passed": _bad_low("1 if the same bytes passed in another environment, by a pack that verifies"),
    "environment_gates_open": _bad_high("gates of the other environment that were not approved when its pack was made"),
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
    "mature_share": _bad_low("share of rows old enough for a label that arrives late to be known"),
    "auc": _bad_low("area under the ROC curve"),
    "gini": _bad_low("2 auc - 1"),
    "ks": _bad_low("largest distance of the score distributions of both classes"),
    "accuracy": _bad_low("share of right predictions"),
    "precision": _bad_low("share of positive predictions that are right"),
    "recall": _bad_low("share of positives that are found"),
    "f1": _bad_low("harmonic mean of precision and recall"),
    "balanced_accuracy": _bad_low("mean over the labels of the share of each that is found"),
    "specificity": _bad_low("share of negatives that are not predicted positive"),
    "mcc": _bad_low("Matthews' correlation coefficient of prediction and truth"),
    "pr_auc": _bad_low("average precision: area under the precision-recall curve, by steps"),
    "logloss": _bad_high("mean negative log-likelihood, natural logarithm"),
    "brier": _bad_high("mean squared error of the probability"),
    "ece": _bad_high("expected calibration error over ten equal-width bins"),
    "rmse": _bad_high("root of the mean squared error"),
    "mae": _bad_high("mean absolute error"),
    "r2": _bad_low("share of variance explained"),
    "mape": _bad_high("mean absolute error relative to the truth"),
    # performance-estimate
    **{f"estimated_{name}": _bad_low(f"{name} expected from calibrated scores, without labels") for name in _ESTIMATED},
    # ranking
    "ndcg": _bad_low("discounted gain of the first k rows over that of the best order, mean over queries"),
    "map": _bad_low("mean over queries of the average precision"),
    "mrr": _bad_low("mean over queries of one over the place of the first relevant row"),
    "precision_at_k": _bad_low("share of the first k rows that are relevant, mean over queries"),
    "recall_at_k": _bad_low("share of the relevant rows among the first k, mean over queries"),
    "answerable_share": _bad_low("share of queries with relevant and other rows, which the other measures of ranking rest on"),
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
    # robustness
    "prediction_change_share": _bad_high("share of the perturbed rows whose prediction becomes another one"),
    "score_change_mean": _bad_high("mean absolute change of the score, or of the prediction where it is an amount"),
    "auc_drop": _bad_high("auc of the sample minus auc with the column perturbed"),
    "accuracy_drop": _bad_high("accuracy of the sample minus accuracy with the column perturbed"),
    "r2_drop": _bad_high("r2 of the sample minus r2 with the column perturbed"),
    "model_errors": _bad_high("perturbed rows to which the model gave no usable answer, or raised"),
    # sensitivity
    "mean_score": Meaning("mean score, or predicted amount, with a feature at one value for all rows", None),
    "mean_score_range": _bad_high("largest minus smallest mean score while a feature moves over its values"),
    "selection_rate_range": _bad_high("largest minus smallest share with the favourable prediction while a feature moves"),
    "monotonicity_violations": _bad_high("share of rows whose score goes against the stated direction at any step"),
    # explainability
    "importance": Meaning("mean fall of the measure when a feature is shuffled", None),
    "importance_std": Meaning("standard deviation of that fall over the shuffles", None),
    "shap_mean_absolute": Meaning("mean absolute SHAP value of a feature, in units of the score or the predicted amount", None),
    "shap_share": Meaning("mean absolute SHAP value of a feature over the sum of all features'", None),
    "largest_shap_share": _bad_high("largest share of a feature in the mean absolute SHAP values"),
    "shap_additivity_gap": _bad_high("how far SHAP values and the mean answer are from the answer that they explain, at most"),
    "shap_rank_correlation": _bad_low("Spearman's correlation of mean absolute SHAP values with permutation importance"),
    "importance_rank_correlation": _bad_low("Spearman's correlation of importance on the current and the baseline's rows"),
    "drivers_in_top_share": _bad_low("share of the expected drivers that are among as many most important features"),
    # champion
    "mcnemar_p": Meaning("p-value of McNemar's exact test that both versions are right equally often", None),
    "other_decisions_share": _bad_high("share of rows that this version decides otherwise than the one in use"),
    "champion_rank_correlation": _bad_low("Spearman's correlation of the scores with those of the version in use"),
    # replay
    "answers_changed_share": _bad_high("share of rows whose answer is not the recorded one"),
    "largest_score_difference": _bad_high("largest absolute difference of a score, or amount, from the recorded one"),
    "rank_correlation": _bad_low("Spearman's correlation of the scores with the recorded ones"),
    "changed_runs": _bad_high("runs in a row, this one the last, in which answers were not the recorded ones"),
    "silent_change": _bad_high("1 where answers changed and the version that the model says it is did not; else 0"),
    # backtest
    "observed_rate": Meaning("share of rows whose event happened", None),
    "expected_rate": Meaning("mean predicted probability of the event", None),
    "binomial_p": _bad_low("probability of at least so many events, if the predicted rate is right"),
    "jeffreys_p": _bad_low("posterior probability that the true rate is not above the predicted one (Jeffreys' prior)"),
    "traffic_light": _bad_high("Basel's zone: 0 green, 1 yellow, 2 red"),
    "hosmer_lemeshow_p": _bad_low("p-value of the Hosmer-Lemeshow test over grades or bins"),
    "spiegelhalter_p": _bad_low("two-sided p-value of Spiegelhalter's z"),
    "exceptions": _bad_high("rows whose loss was beyond the value at risk"),
    # regression-diagnostics
    "durbin_watson": Meaning("correlation of neighbouring residuals: 2 is none, 0 fully positive, 4 fully negative", None),
    "ljung_box_p": _bad_low("p-value of the Ljung-Box test of correlated residuals"),
    "breusch_pagan_p": _bad_low("p-value of the Breusch-Pagan test of unequal variance"),
    "jarque_bera_p": _bad_low("p-value of the Jarque-Bera test of normal residuals"),
    "vif": _bad_high("variance inflation factor of a feature: 1 if the others tell nothing of it"),
    # documents
    "section_words": _bad_low("words of a section of the document; 0 where it is missing"),
    "sections_missing": _bad_high("required sections that are missing or nearly empty"),
    "placeholders": _bad_high("places where something is still to be written, such as TBD"),
    "claim_difference": _bad_high("how far a number of the document is from the measured one"),
    "claims_unmet": _bad_high("numbers of the document that are too far off, not found, or not measured"),
    # alarms
    "alarms": _bad_high("columns that drifted, within the budget of false alarms"),
    "expected_false_alarms": Meaning("false alarms a month without drift, at most, on the average over baselines", None),
    "observed_alarms": Meaning("alarms of the earlier runs of a month that are known", None),
    "runs_known": _bad_low("runs that are known of those an alarm depends on, this one among them"),
    "drift_distance": _bad_high("distance of the shares from the baseline's, near the psi"),
    "alarm_threshold": Meaning("drift_distance from which on the column is over its threshold", None),
    "noise_floor": Meaning("mean drift_distance without drift at these numbers of rows", None),
    "detectable_distance": Meaning("true drift_distance that is found in nine of ten runs", None),
    "detectable_shift": Meaning("shift in the baseline's standard deviations that is found in nine of ten runs", None),
    # freshness
    "age_hours": _bad_high("age of the newest row that is not from the future"),
    "future_rows": _bad_high("rows from after the end of the data interval"),
    "largest_gap_hours": _bad_high("longest time without a row"),
    "time_missing_share": _bad_high("share of rows without a time"),
    # volumetrics
    "row_ratio": Meaning("rows over those of the baseline", None),
    "missing_columns": _bad_high("columns of the baseline that the current data lacks"),
    "new_columns": _bad_high("columns that the baseline lacks"),
    "duplicate_share": _bad_high("share of rows whose identifier came before"),
    "key_missing_share": _bad_high("share of rows without an identifier"),
    "identifiers_new_share": _bad_high("share of identifiers that the baseline lacks"),
    "identifiers_gone_share": _bad_high("share of the baseline's identifiers that the current data lacks"),
    "kind_changed": _bad_high("1 if a column of one kind (numeric, categorical, time) became one of another, 0 if not"),
    "null_share_change": Meaning("share of missing values less that of the baseline", None),
    "unseen_share": _bad_high("share of values with a label that the baseline lacks"),
    "lost_categories": _bad_high("labels of the baseline that the current data lacks"),
    # data-quality
    "columns": Meaning("columns described", None),
    "missing_cells_share": _bad_high("share of all cells that are missing"),
    "largest_missing_share": _bad_high("largest share of missing values of a column"),
    "empty_columns": _bad_high("columns without a usable value"),
    "constant_columns": _bad_high("columns whose usable values are all the same"),
    "time_span_days": Meaning("days between the tenth row and the tenth last", None),
    "duplicate_rows_share": _bad_high("share of rows that are the same as one before in every column described"),
    "missing_share": _bad_high("share of rows without a value, or with one that is not a number"),
    "infinite_share": _bad_high("share of rows with an infinite number"),
    "distinct": Meaning("different usable values", None),
    "top_share": Meaning("share of usable values that are the most frequent one", None),
    "minimum": Meaning("smallest usable number", None),
    "quantile": Meaning("smallest number with at least a share of the usable ones at or below it", None),
    "maximum": Meaning("largest usable number", None),
    "mean": Meaning("mean of the usable numbers", None),
    "std": Meaning("standard deviation of the usable numbers, with ddof 0", None),
    # structure
    "rule_share": Meaning("share of rows that a rule decides", None),
    "default_share": Meaning("share of rows that no rule with a condition decides", None),
    "rules_unused": _bad_high("rules that decide no row of the current data"),
    "rule_distance": _bad_high("total variation distance of the shares of rows by deciding rule, current data against baseline"),
    "outcome_distance": _bad_high("total variation distance of the shares of rows by outcome, current data against baseline"),
    "decisions_changed_share": _bad_high("share of rows that the other version decides otherwise"),
    "decision_moved_share": Meaning("share of rows that go from one outcome of the other version to another", None),
    "rules_added": Meaning("rules that the other version has not", None),
    "rules_removed": Meaning("rules that only the other version has", None),
    # llm-answers
    "valid_answers_share": _bad_low("share of texts that the model's description can read"),
    "refusal_rate": _bad_high("share of answers that are a refusal"),
    "truncated_share": _bad_high("share of answers that were cut off at their longest length"),
    "pattern_share": _bad_low("share of answers that match the pattern as a whole"),
    "answer_characters": Meaning("mean characters of an answer", None),
    "answer_tokens": Meaning("mean tokens of an answer, as the endpoint counts them", None),
    "prompt_tokens": Meaning("mean tokens of a prompt, as the endpoint counts them", None),
    "cost_per_row": _bad_high("mean cost of a row, from tokens and prices"),
    "quotes_grounded_share": _bad_low("share of quotations that stand word for word in the source"),
    "novel_numbers_share": _bad_high("share of answers with a number that the source has not"),
    "replayed_share": _bad_high("share of answers from sealed transcripts, for which nobody asked the model"),
    "refusal_rate_change": Meaning("refusal rate minus that of the baseline", None),
    "answer_characters_ratio": Meaning("mean characters of an answer over those of the baseline", None),
    "cost_ratio": _bad_high("mean cost of a row over that of the baseline"),
    # llm-leaks
    "leaking_answers_share": _bad_high("share of answers with personal data of a known shape, or a planted string"),
    "leaking_answers": _bad_high("answers with one kind of these"),
    # llm-attacks
    "attack_success_share": _bad_high("share of attacks that got through"),
    "attacks_asked": _bad_low("attacks that were asked"),
    # counterfactual
    "counterfactual_impact_ratio": _bad_low("smaller over larger rate of favourable answers to the same rows with words of either group"),
    "counterfactual_change_share": _bad_high("share of these rows whose answer changes with the words"),
    "counterfactual_rate": Meaning("rate of favourable answers with the words of one group", None),
    "rows_with_words": _bad_low("rows that have one of the words"),
    # graph-structure
    "graph_nodes": Meaning("nodes of the graph", None),
    "graph_edges": Meaning("edges of the graph", None),
    "graph_density": Meaning("edges over those that the nodes could have", None),
    "graph_components": Meaning("parts of the graph that no edge joins", None),
    "largest_component_share": Meaning("share of nodes in the largest part that is joined by edges", None),
    "graph_clustering": Meaning("mean over nodes of the share of their pairs of neighbours that are neighbours themselves", None),
    "degree_assortativity": Meaning("correlation of the degrees at both ends of the edges", None),
    **{f"{name}_ratio": Meaning(f"{name} over that of the baseline", None) for name in ("graph_nodes", "graph_edges", "graph_density", "graph_components")},
    **{f"{name}_change": Meaning(f"{name} minus that of the baseline", None) for name in ("largest_component_share", "graph_clustering", "degree_assortativity")},
    "edge_type_share": Meaning("share of the edges that are of a type", None),
    "edge_type_distance": _bad_high("total variation distance of the shares of edges by type, current data against baseline"),
    # multivariate
    "domain_auc": _bad_high("how well a classifier tells current rows from the baseline's; 0.5 is not at all"),
    "domain_p": _bad_low("p-value that the classifier cannot tell them apart"),
    "reconstruction_error": Meaning("mean distance of current rows from the baseline's principal components", None),
    "reconstruction_z": Meaning("standard errors between that distance and the baseline's; beyond 3 on either side is drift", None),
}

ALSO_CALLED: dict[str, str] = {
    "roc_auc": "auc", "roc_auc_score": "auc", "log_loss": "logloss", "brier_score": "brier", "f1_score": "f1",
    "sensitivity": "recall", "true_positive_rate": "tpr", "false_positive_rate": "fpr", "positive_predictive_value": "precision",
    "disparate_impact": "impact_ratio", "adverse_impact_ratio": "impact_ratio", "four_fifths": "impact_ratio",
    "statistical_parity_difference": "demographic_parity_difference", "tpr_difference": "equal_opportunity_difference",
    "tpr_ratio": "equal_opportunity_ratio", "precision_difference": "predictive_parity_difference",
    "precision_ratio": "predictive_parity_ratio", "population_stability_index": "psi", "csi": "psi", "js": "jensenshannon",
    "kl_divergence": "kl_div", "energy_distance": "ed",
}
"""What other libraries and laws call a metric -> what it is called here; for the hint of an error."""
METRICS |= {f"{name}_change": Meaning(f"{name} minus that of the baseline", METRICS[name].high_is_bad) for name in _CHANGING}
METRICS |= {f"{name}_against_champion": Meaning(f"{name} minus that of the version in use, on the same rows", METRICS[name].high_is_bad)
            for name in (*_PERFORMANCE, "impact_ratio")}
METRICS |= {f"{name}_worst": Meaning(f"worse end of the 95 % interval of {name}", METRICS[name].high_is_bad)
            for name in [f"{one}_against_champion" for one in (*_PERFORMANCE, "impact_ratio") if one != "ece"]}
