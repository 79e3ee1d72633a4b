// What holds for a while: controls that are waived, and adjustments of answers. A waived control is never satisfied.
import { ChakraUI as C, html } from "../host.js";
import { Grid } from "../parts/grid.js";
import { State } from "../parts/state.js";
import { plural } from "../words.js";

const left = ({ state, until, days_left: days }) => (["active", "requested", "proposed"].includes(state) ? `${until}, ${plural(days, "day")} left` : until);

const WAIVERS = [
  { title: "Waiver", cell: ({ number }) => String(number) },
  { title: "Control", wrap: true, cell: ({ pack, control }) => `${pack} ${control}` },
  { title: "State", cell: ({ state }) => html`<${State} of=${state === "active" ? "waived" : state} />` },
  { title: "Until", cell: left },
  { title: "Why", wrap: true, cell: ({ reason }) => reason },
  { title: "Meanwhile", wrap: true, cell: ({ compensating }) => compensating.join("; ") },
  { title: "Asked by", cell: ({ asked_by: by }) => by },
  { title: "Accepted by", wrap: true, cell: ({ accepted_by: by, needed }) => `${by.length} of ${needed}${by.length ? `: ${by.join(", ")}` : ""}` },
];

const OVERLAYS = [
  { title: "Overlay", cell: ({ name }) => name },
  { title: "State", cell: ({ state }) => html`<${State} of=${state} />` },
  { title: "What", wrap: true, cell: ({ what }) => what },
  { title: "Size", wrap: true, cell: ({ size }) => size },
  { title: "Owner", cell: ({ owner }) => owner },
  { title: "Approver", cell: ({ approver }) => approver },
  { title: "Until", cell: left },
  { title: "Renewals", align: "right", cell: ({ renewals }) => String(renewals) },
  { title: "Ends when", wrap: true, cell: ({ exit }) => exit },
];

export function Exceptions({ page: { waivers, overlays } }) {
  if (waivers.length + overlays.length === 0) return null;
  return html`<${C.Stack} gap=${4} data-testid="exceptions">
    ${waivers.length > 0 && html`<${C.Box} as="section"><${C.Heading} size="md" mb=${2}>Waivers<//>
      <${Grid} label="Waivers" columns=${WAIVERS} rows=${waivers} rowKey=${({ number }) => number} /><//>`}
    ${overlays.length > 0 && html`<${C.Box} as="section"><${C.Heading} size="md" mb=${2}>Overlays<//>
      <${Grid} label="Overlays" columns=${OVERLAYS} rows=${overlays} rowKey=${({ name }) => name} /><//>`}
  <//>`;
}
