// Documents that are written of the model's evidence packs when they are opened, each in a tab and a sandbox of its own.
import { ChakraUI as C, html } from "../host.js";
import { address } from "../api.js";
import { Digest } from "../parts/digest.js";
import { Grid } from "../parts/grid.js";
import { Nothing } from "../parts/nothing.js";
import { moment } from "../time.js";

const TITLES = { "annex-iv": "Annex IV", "ll144-summary": "Bias audit summary", "model-card": "Model card", "validation-report": "Validation report" };

const columns = ({ model, runs, documents }) => [
  { title: "Version", cell: ({ run }) => runs.find(({ id }) => id === run)?.version ?? "" },
  { title: "Packed", cell: ({ at }) => moment(at) },
  { title: "Pack", cell: ({ digest }) => html`<${Digest} of=${digest} />` },
  { title: "Documents", cell: ({ digest }) => html`<${C.HStack} gap=${4} wrap="wrap">
    ${documents.map((kind) => html`<${C.Link} key=${kind} color="fg.info" target="_blank" rel="noopener"
      href=${address(`models/${encodeURIComponent(model.id)}/packs/${digest}/documents/${kind}`)}>${TITLES[kind] ?? kind}<//>`)}
  <//>` },
];

export function Documents({ page }) {
  if (page.packs.length === 0) return html`<${Nothing} title="No document yet">A release makes an evidence pack, and documents are written of it.<//>`;
  return html`<${C.Stack} gap=${2}>
    <${C.Text} fontSize="sm" color="fg.muted">Written of a pack that verifies, as of today. Every number leads to its evidence in the pack; what is missing is shown as a gap.<//>
    <${Grid} label="Documents" columns=${columns(page)} rows=${page.packs} rowKey=${({ digest }) => digest} />
  <//>`;
}
