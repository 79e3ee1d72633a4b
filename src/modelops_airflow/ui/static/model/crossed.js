// Packs of other environments that were taken in: evidence to look at, and no approval here.
import { ChakraUI as C, html } from "../host.js";
import { address } from "../api.js";
import { Digest } from "../parts/digest.js";
import { Grid } from "../parts/grid.js";
import { Verdict } from "../parts/verdict.js";
import { moment } from "../time.js";

const columns = ({ model }) => [
  { title: "Environment", cell: ({ environment }) => environment },
  { title: "Version", cell: ({ version }) => version },
  { title: "Artifact", cell: ({ artifact }) => html`<${Digest} of=${artifact} />` },
  { title: "Verdict there", cell: ({ verdict, stopped }) => stopped ? `${verdict}, but ${stopped}` : html`<${Verdict} verdict=${verdict} />` },
  { title: "Gates there", cell: ({ gates }) => Object.entries(gates).map(([gate, state]) => `${gate}: ${state}`).join(", ") },
  { title: "Packed", cell: ({ made_at }) => moment(made_at) },
  { title: "Signed by", cell: ({ signer }) => html`<${Digest} of=${signer} />` },
  { title: "Proves, by its own word", cell: ({ ledger, level, gaps }) => `${ledger}, ${level}, ${gaps.length} gaps` },
  { title: "Pack", cell: ({ digest }) => html`<${C.Link} color="fg.info"
      href=${address(`models/${encodeURIComponent(model.id)}/packs/${digest}`)} download>Download<//>` },
];

export function Crossed({ page }) {
  if (page.imported_packs.length === 0) return null;
  return html`<${C.Stack} gap=${2}>
    <${C.Heading} size="md">Evidence from other environments<//>
    <${C.Text} fontSize="sm" color="fg.muted">Taken in as verified packs. What was approved there approves nothing here.<//>
    <${Grid} label="Evidence from other environments" columns=${columns(page)} rows=${page.imported_packs} rowKey=${({ digest }) => digest} />
  <//>`;
}
