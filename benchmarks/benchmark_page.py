"""docs/benchmarks.md from the figures of a run."""

from __future__ import annotations

WORDS = {
    "decode": "Arrow decodes the 25 columns of the current side once: the floor",
    "ours": "expectations, drift, bias and performance from one scan of the current side on the baseline's edges",
    "great_expectations": "Great Expectations, the same suite on pandas",
    "fairlearn": "fairlearn MetricFrame, five rates by two columns and both, with differences and ratios",
    "bare_psi": "Evidently's PSI functions alone, without report",
    "evidently_psi": "Evidently DataDriftPreset with PSI; it draws plots too",
    "evidently": "Evidently DataDriftPreset as it is; it draws plots too",
    "nannyml": "NannyML, Jensen-Shannon distance of every column, fitted to the baseline before",
    "whylogs": "whylogs, a profile of the current side: counts, moments and sketches",
}


def page(report: dict) -> str:
    """The page as Markdown."""
    took, host, more = report["took"], report["machine"], report["more"]
    floor, ours = took["decode"]["cpu_s"][1], took["ours"]["cpu_s"][0]  # the floor's least: noise only adds to it
    peers = sum(took[name]["cpu_s"][0] for name in ("evidently", "great_expectations", "fairlearn"))
    lines = [
        "# Benchmarks", "",
        "What the checks cost beside the libraries that people use for them. Written by `make bench`; do not edit.", "",
        f"{report['rows']:,} rows, 25 columns, both sides in memory or in the page cache. CPU seconds of the work alone: imports are not in",
        "it, and what takes a data frame gets it before the clock starts; ours and the floor read the file while the clock runs. The",
        "baseline was profiled before. Medians, with the least and the most where there were several runs.", "",
        "| what | CPU s | wall s | whole process, CPU s | peak MB | CPU against ours | least CPU against the floor's |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, words in WORDS.items():
        one = took.get(name)
        if one is None:
            lines.append(f"| {words} | not measured | | | | | |")
            continue
        lines.append(f"| {words} | {_span(one['cpu_s'], one['runs'], 3)} | {_span(one['wall_s'], one['runs'], 3)} | "
                     f"{_span(one['process_cpu_s'], one['runs'], 2)} | {one['peak_mb'][0]:.0f} | {one['cpu_s'][0] / ours:.1f}x | {one['cpu_s'][1] / floor:.1f}x |")
    lines += [
        "", f"Evidently's default, Great Expectations and fairlearn together take {peers:.1f} CPU s, {peers / ours:.0f} times as much. Without Evidently's plots",
        f"(its PSI functions alone) the three take {(peers - took['evidently']['cpu_s'][0] + took['bare_psi']['cpu_s'][0]) / ours:.0f} times as much.", "",
        f"{report['parts']} such files as the current side, {report['parts'] * report['rows']:,} rows: ours took {_span(more['cpu_s'], more['runs'], 3)} CPU s, "
        f"{more['cpu_s'][0] / ours:.1f} times as much, and at most {more['peak_mb'][2]:.0f} MB.", "",
        f"Not in these figures: a run scans the baseline too, which is sorted to find its edges and took {report['baseline_cpu_s']:.2f} CPU s here, and hashes both files.", "",
        f"{report['compared']} numbers of ours were compared with the libraries' in the same run: expectations met and shares of unexpected values",
        "equal, rates by group equal to 1e-12, distances of labels equal, distances of numbers within the bound that our evidence states.", "",
        f"Cores {host['cores']}, Python {host['python']}, {host['system']}, load {host['load']} at the end; "
        + ", ".join(f"{name} {number}" for name, number in (host["versions"] | report["versions"]).items()) + ".",
        "NannyML and whylogs run in environments of their own (`benchmarks/nannyml.txt`, `benchmarks/whylogs.txt`). Peak memory is of the whole",
        "process, imports and data frames included. Not measured: other engines than the local one.", "",
    ]
    return "\n".join(lines)


def _span(figures: list[float], runs: int, digits: int) -> str:
    middle, least, most = figures
    return f"{middle:.{digits}f}" if runs == 1 else f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"
