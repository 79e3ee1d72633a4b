// The DAGs of the model, their last runs, the evidence packs, and the YAML they come from.
import { ChakraUI as C, html } from "../host.js";
import { address } from "../api.js";
import { Digest } from "../parts/digest.js";
import { Grid } from "../parts/grid.js";
import { Link, dagPath, runPath } from "../parts/link.js";
import { Nothing } from "../parts/nothing.js";
import { Verdict } from "../parts/verdict.js";
import { moment } from "../time.js";

const DAGS = [
  { title: "Life cycle", cell: ({ lifecycle }) => lifecycle },
  { title: "DAG", cell: ({ dag_id }) => html`<${Link} to=${dagPath(dag_id)}>${dag_id}<//>` },
  { title: "Schedule", cell: ({ schedule }) => schedule ?? "when triggered" },
];

export function Lifecycles({ page }) {
  return html`<${C.Stack} gap=${5}>
    ${page.dags.length > 0
      ? html`<${Grid} label="Life cycles" columns=${DAGS} rows=${page.dags} rowKey=${({ dag_id }) => dag_id} />`
      : html`<${Nothing} title="No DAG">A valid model file makes its DAGs; correct the mistakes above.<//>`}
    <${C.Heading} size="md">Runs<//>
    ${page.runs.length > 0
      ? html`<${Grid} label="Runs" columns=${runColumns(page)} rows=${page.runs} rowKey=${({ id }) => id} />`
      : html`<${Nothing} title="No run yet">Press Start release, or trigger the release DAG.<//>`}
    ${page.yaml && html`<${C.Box}>
      <${C.Heading} size="md" mb=${2}>${page.model.file}<//>
      <${C.Box} as="pre" tabIndex=${0} aria-label="Model file" fontSize="xs" p=${3} borderWidth="1px" rounded="md" bg="bg.subtle" overflowX="auto">${page.yaml}<//>
    <//>`}
  <//>`;
}

const runColumns = ({ model, packs }) => [
  { title: "Run", cell: ({ dag_id, run_id }) => html`<${Link} to=${runPath(dag_id, run_id)}>${run_id}<//>` },
  { title: "Life cycle", cell: ({ lifecycle }) => lifecycle },
  { title: "Version", cell: ({ version }) => version },
  { title: "Verdict", cell: (run) => html`<${Verdict} ...${run} />` },
  { title: "Started", cell: ({ started_at, started_by }) => `${moment(started_at)} by ${started_by}` },
  { title: "Plan", cell: ({ plan }) => html`<${Digest} of=${plan} />` },
  { title: "Evidence pack", cell: ({ id }) => packs.filter(({ run }) => run === id).map(({ digest }) => html`<${C.Link} key=${digest} color="fg.info"
      href=${address(`models/${encodeURIComponent(model.id)}/packs/${digest}`)} download>Download<//>`) },
];
