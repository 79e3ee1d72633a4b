// Open incidents of the model, and how long the clocks of their notices still run; nothing where there is none.
import { ChakraUI as C, html } from "../host.js";
import { Grid } from "../parts/grid.js";
import { State } from "../parts/state.js";

const left = ({ days_left: days, state }) => (state !== "running" && state !== "overdue" ? state : days < 0 ? `${-days} days late` : `${days} days left`);

const COLUMNS = [
  { title: "Incident", wrap: true, cell: ({ id, title }) => `${id}: ${title}` },
  { title: "Severity", cell: ({ severity }) => html`<${State} of=${severity} />` },
  { title: "State", cell: ({ state }) => state },
  { title: "Notices", wrap: true, cell: ({ clocks }) => html`<${C.Stack} gap=${1}>${clocks.map((clock) => html`<${C.HStack} key=${clock.clock} gap=${2}>
    ${clock.overdue && html`<${State} of="overdue" />`}
    <${C.Text} fontSize="sm" title=${`${clock.law}, ${clock.section}: ${clock.duty}`}>${clock.clock}, last day ${clock.last_day}: ${left(clock)}<//>
  <//>`)}<//>` },
];

export function Incidents({ page }) {
  if (page.incidents.length === 0) return null;
  return html`<${C.Box} as="section" mt=${4} data-testid="incidents">
    <${C.Heading} size="sm" mb=${2}>Open incidents<//>
    <${Grid} label="Open incidents" columns=${COLUMNS} rows=${page.incidents} rowKey=${({ id }) => id} />
  <//>`;
}
