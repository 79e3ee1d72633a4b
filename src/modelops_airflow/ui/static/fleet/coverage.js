// Which places were looked at, and how lately: what nobody looked at is not known to be fine.
import { ChakraUI as C, html } from "../host.js";
import { Grid } from "../parts/grid.js";
import { away, moment } from "../time.js";
import { useData } from "../use_data.js";

const RED = ["never", "stale", "unreadable"];

const COLUMNS = [
  { title: "Place", wrap: true, cell: ({ environment, place }) => html`${environment}<${C.Text} fontSize="xs" color="fg.muted">${place}<//>` },
  { title: "Target", cell: ({ target }) => target },
  { title: "Strength", cell: ({ strength }) => strength },
  { title: "Models found", align: "end", cell: ({ shown }) => shown ?? "not known" },
  { title: "Unknown ones", align: "end", cell: ({ shown, strays }) => (shown === null ? "not known" : html`<${C.Text} as="span" color=${strays ? "fg.error" : undefined}>${strays}<//>`) },
  { title: "Last scan", cell: ({ scanned_at }) => (scanned_at ? html`<${C.Text} as="span" title=${moment(scanned_at)}>${away(scanned_at)}<//>` : "never") },
  { title: "Trouble", wrap: true, minW: "220px", cell: ({ state, trouble }) => html`<${C.Text} as="span" color=${RED.includes(state) ? "fg.error" : "fg.muted"}>${trouble}<//>` },
];

const rowProps = ({ environment, state }) => ({ "data-testid": `place-${environment}`, bg: RED.includes(state) ? "bg.error" : undefined });

export function Coverage() {
  const { data, error } = useData("coverage", 10);
  if (error) return html`<${C.Text} mb=${3} fontSize="sm" color="fg.error" data-testid="coverage">Targets: whether they were scanned is not known now<//>`;
  if (!data?.total) return null;
  const { total, scanned, partly, scanned_at, items } = data;
  const missing = total - scanned - partly;
  const told = `${scanned} of ${total} scanned${scanned_at ? `, last ${away(scanned_at)}` : ""}${partly ? `; ${partly} cannot be asked for all` : ""}`;
  const line = html`<${C.Badge} colorPalette=${missing ? "red" : partly ? "orange" : "green"}>Targets<//>
    <${C.Text} as="span" fontSize="sm" ml=${2} color=${missing ? "fg.error" : undefined} fontWeight=${missing ? "semibold" : undefined}>${told}<//>`;
  if (items.length === 0) return html`<${C.Box} mb=${3} data-testid="coverage">${line}<//>`;
  return html`<details data-testid="coverage" style=${{ marginBottom: "0.75rem" }}>
    <summary>${line}</summary>
    <${C.Box} pt=${2} pb=${2}><${Grid} label="Targets" columns=${COLUMNS} rows=${items} rowKey=${({ environment }) => environment} rowProps=${rowProps} /><//>
  </details>`;
}
