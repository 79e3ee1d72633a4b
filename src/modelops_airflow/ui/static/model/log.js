// The ledger of this model: what was done and what was refused.
import { ChakraUI as C, html } from "../host.js";
import { Grid } from "../parts/grid.js";
import { Nothing } from "../parts/nothing.js";
import { State } from "../parts/state.js";
import { moment } from "../time.js";
import { words } from "../words.js";

const COLUMNS = [
  { title: "No.", align: "right", cell: ({ index }) => index },
  { title: "When", cell: ({ at }) => moment(at), whiteSpace: "nowrap" },
  { title: "Event", cell: ({ kind }) => words(kind) },
  { title: "Outcome", cell: ({ outcome }) => html`<${State} of=${outcome} />` },
  { title: "Login", cell: ({ login }) => html`<${C.Text} as="span" fontSize="xs" title="the database's login that told of it">${login}<//>` },
  { title: "What", cell: ({ facts }) => html`<${Told} of=${facts} />` },
  { title: "Leaf", cell: ({ leaf }) => html`<${C.Code} size="sm" title=${leaf}>${leaf.slice(0, 12)}<//>` },
];

export function Log({ page }) {
  if (page.events.length === 0) return html`<${Nothing} title="No event yet">Every change and every refusal is written here.<//>`;
  return html`<${Grid} label="Log" columns=${COLUMNS} rows=${page.events} rowKey=${({ index }) => index} />`;
}

function Told({ of }) {
  return html`<${C.Flex} gap=${3} rowGap=${0} wrap="wrap" fontSize="xs" maxW="700px">
    ${Object.entries(of).map(([name, value]) => html`<span key=${name}><${C.Text} as="span" color="fg.muted">${name}<//> ${told(value)}</span>`)}
  <//>`;
}

function told(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.startsWith("sha256:") ? text.slice(7, 19) : text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
