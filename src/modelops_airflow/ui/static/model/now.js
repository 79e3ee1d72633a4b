// The requirements of the last runs with value against threshold, and the plots.
import { ChakraUI as C, html, useState } from "../host.js";
import { Digest } from "../parts/digest.js";
import { Grid } from "../parts/grid.js";
import { Nothing } from "../parts/nothing.js";
import { Verdict } from "../parts/verdict.js";
import { away, moment } from "../time.js";
import { number, place, plural } from "../words.js";
import { Exceptions } from "./exceptions.js";
import { Plots } from "./plots.js";

const MEASURING = ["expectations", "performance", "bias", "drift", "scan-artifact"];

export function Now({ page }) {
  const shown = page.results.filter(({ uses, judgements }) => MEASURING.includes(uses) || judgements.length > 0);
  if (shown.length === 0) {
    return html`<${C.Stack} gap=${6}><${Exceptions} page=${page} />
      <${Nothing} title="Nothing has been measured yet">Start a release; its checks appear here as they finish.<//><//>`;
  }
  const runs = page.runs.filter(({ id }) => shown.some(({ run }) => run === id));
  return html`<${C.Stack} gap=${6}>
    <${Exceptions} page=${page} />
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
  { title: "Check", wrap: true, cell: ({ step, imported }) => (imported ? `${step} (origin: imported)` : step) },
  { title: "Result", cell: (row) => html`<${Verdict} verdict=${row.verdict} warned=${row.warned} />` },
  { title: "Metric", cell: ({ judged }) => judged?.metric ?? "" },
  { title: "Where", wrap: true, cell: ({ judged }) => place(judged?.where) },
  { title: "Value", align: "right", wrap: true, cell: ({ judged, message }) => (judged ? judged.value === null ? judged.reason || "no value" : number(judged.value) : message) },
  { title: "Requirement", wrap: true, cell: ({ judged }) => judged?.condition ?? "" },
  { title: "From", wrap: true, cell: ({ judged }) => judged?.origin ?? "" },
  { title: "Evidence", cell: ({ evidence }) => html`<${Digest} of=${evidence} />` },
];

// One line for each judged row: errors, failures, warnings, then what is nearest to its threshold.
// Of the green rows of a check only the worst are shown at first; the rest unfolds.
export function ResultsTable({ results, few = 3 }) {
  const [all, setAll] = useState(false);
  const every = results.flatMap((result) => rowsOf(result, few)).sort(worstFirst);
  const lines = every.filter(({ folded }) => all || !folded);
  const folded = every.filter((line) => line.folded).length;
  return html`<${C.Box}>
    <${Grid} label="Results" columns=${COLUMNS} rows=${lines} rowKey=${({ key }) => key} />
    ${folded > 0 && html`<${C.HStack} mt=${1} gap=${2} data-testid="folded">
      ${!all && html`<${C.Text} fontSize="xs" color="fg.muted">${plural(folded, "green row is", "green rows are")} folded away<//>`}
      <${C.Button} size="2xs" variant="outline" aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? `Fold ${plural(folded, "green row")} away` : `Show all ${every.length} rows`}<//>
    <//>`}
  <//>`;
}

const worstFirst = (a, b) => b.rank - a.rank || b.near - a.near;

// The server sends the rows of a check with the worst first.
function rowsOf(result, few) {
  const lines = result.judgements.length ? result.judgements : [null];
  const bad = result.judgements.filter(worrying).length;
  const shown = Math.max(few, bad);
  return lines.map((judged, index) => ({
    key: `${result.run}.${result.step}.${index}`, step: result.step, imported: result.uses === "imported-results", evidence: result.evidence, message: result.message, judged,
    verdict: judged?.verdict ?? result.verdict ?? result.status, warned: judged?.warned ?? result.warned,
    folded: index >= shown, near: judged?.nearness ?? -Number.MAX_VALUE, rank: judged?.worry ?? rankOf(result),
  }));
}

const worrying = ({ warned, verdict }) => warned || verdict === "fail" || verdict === "error";

const rankOf = ({ verdict, status, warned }) => ({ error: 4, fail: 3 })[verdict ?? status] ?? (warned ? 2 : 0);
