// The requirements of the last runs with value against threshold, and the plots.
import { ChakraUI as C, html } from "../host.js";
import { Digest } from "../parts/digest.js";
import { Grid } from "../parts/grid.js";
import { Nothing } from "../parts/nothing.js";
import { Verdict } from "../parts/verdict.js";
import { away, moment } from "../time.js";
import { number, place } from "../words.js";
import { Plots } from "./plots.js";

const MEASURING = ["expectations", "performance", "bias", "drift", "scan-artifact"];

export function Now({ page }) {
  const shown = page.results.filter(({ uses, judgements }) => MEASURING.includes(uses) || judgements.length > 0);
  if (shown.length === 0) {
    return html`<${Nothing} title="Nothing has been measured yet">Start a release; its checks appear here as they finish.<//>`;
  }
  const runs = page.runs.filter(({ id }) => shown.some(({ run }) => run === id));
  return html`<${C.Stack} gap=${6}>
    ${runs.map((run) => html`<${Run} key=${run.id} model=${page.model} run=${run} results=${shown.filter((result) => result.run === run.id)} />`)}
  <//>`;
}

function Run({ model, run, results }) {
  return html`<${C.Box} as="section">
    <${C.Flex} gap=${3} align="center" mb=${2} wrap="wrap">
      <${C.Heading} size="md">${run.lifecycle}, version ${run.version}<//>
      <${Verdict} verdict=${run.verdict} warned=${run.warned} />
      <${C.Text} fontSize="sm" color="fg.muted" title=${moment(run.started_at)}>started ${away(run.started_at)} by ${run.started_by}<//>
    <//>
    <${ResultsTable} results=${results} />
    <${Plots} model=${model} results=${results} />
  <//>`;
}

const COLUMNS = [
  { title: "Check", cell: ({ step }) => step },
  { title: "Result", cell: (row) => html`<${Verdict} verdict=${row.verdict} warned=${row.warned} />` },
  { title: "Metric", cell: ({ judged }) => judged?.metric ?? "" },
  { title: "Where", cell: ({ judged }) => place(judged?.where) },
  { title: "Value", align: "right", cell: ({ judged, message }) => (judged ? judged.value === null ? judged.reason || "no value" : number(judged.value) : message) },
  { title: "Requirement", cell: ({ judged }) => judged?.condition ?? "" },
  { title: "From", cell: ({ judged }) => judged?.origin ?? "" },
  { title: "Evidence", cell: ({ evidence }) => html`<${Digest} of=${evidence} />` },
];

// One line for each judged row, the worrying ones first; at most `few` green rows of a check.
export function ResultsTable({ results, few = 3 }) {
  const lines = results.flatMap((result) => rowsOf(result, few)).sort((a, b) => b.rank - a.rank);
  return html`<${Grid} label="Results" columns=${COLUMNS} rows=${lines} rowKey=${({ key }) => key} />`;
}

function rowsOf(result, few) {
  const bad = result.judgements.filter((one) => one.warned || one.verdict === "fail" || one.verdict === "error");
  const good = result.judgements.filter((one) => !bad.includes(one)).slice(0, Math.max(few - bad.length, bad.length ? 0 : 1));
  const chosen = [...bad, ...good];
  const lines = chosen.length ? chosen : [null];
  return lines.map((judged, index) => ({
    key: `${result.run}.${result.step}.${index}`, step: result.step, evidence: result.evidence, message: result.message, judged,
    verdict: judged?.verdict ?? result.verdict ?? result.status, warned: judged?.warned ?? result.warned,
    rank: { error: 3, fail: 2 }[judged?.verdict ?? result.verdict] ?? (judged?.warned ? 1 : 0),
  }));
}
