// One model on a day: every control of every pack with why, evidence and the next step, and the history of each.
import { ChakraUI as C, React, html, useState } from "../host.js";
import { Digest } from "../parts/digest.js";
import { Facts } from "../parts/facts.js";
import { Grid } from "../parts/grid.js";
import { Link, modelPath } from "../parts/link.js";
import { Loading } from "../parts/loading.js";
import { Nothing } from "../parts/nothing.js";
import { Trouble } from "../parts/trouble.js";
import { day, moment } from "../time.js";
import { useData } from "../use_data.js";
import { DayField } from "./day_field.js";
import { Status } from "./status.js";
import { Strip } from "./strip.js";
import { policyPath, useAddress } from "./use_address.js";

export function ModelControls({ id }) {
  const { on, set } = useAddress();
  const ask = on ? `?on=${encodeURIComponent(on)}` : "";
  const { data, error, reload } = useData(`policies/${encodeURIComponent(id)}${ask}`, on ? 0 : 30);
  return html`<${C.Box} p=${4} overflowY="auto" h="100%" data-testid="model-policies">
    <${Link} to=${policyPath({ on })} fontSize="sm">Policies<//>
    <${C.Flex} gap=${4} mt=${1} mb=${3} wrap="wrap" align="center">
      <${C.Heading} size="xl">${data?.name || id}<//>
      <${DayField} on=${on} set=${set} at=${data?.at} />
      <${Link} to=${modelPath(id)} fontSize="sm" ml="auto">The model's page<//>
    <//>
    <${Trouble} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} lines=${8} />`}
    ${data && html`<${Head} of=${data} />`}
    ${data && data.packs.map((pack) => html`<${Pack} key=${pack.pack} of=${pack} id=${id} ask=${ask} />`)}
    ${data && data.packs.length === 0 && html`<${Nothing} title="No controls">${data.trouble || "No pack that somebody names has controls, or depends on a date or a fact."}<//>`}
  <//>`;
}

function Head({ of }) {
  const used = of.in_use.map(({ version, environment }) => `${version} in ${environment}`).join(", ");
  const asked = of.asked_by;
  return html`<${C.Box} mb=${4}>
    ${of.trouble && html`<${C.Alert.Root} status="error" mb=${3}><${C.Alert.Indicator} /><${C.Alert.Title}>Not known: ${of.trouble}<//><//>`}
    <${Facts} of=${[["Version", of.version], ["In use", used || "nothing"], ["Tier", of.tier], ["Owner", of.owner],
      ["Asked by", asked && html`${asked.source} of ${day(asked.at)}, event ${asked.index} <${Digest} of=${asked.digest} />`],
      ["Rests on events up to", of.index]]} />
  <//>`;
}

function Pack({ of, id, ask }) {
  const answers = { yes: "met", no: "not met" };
  return html`<${C.Box} as="section" mb=${6} data-testid=${`pack-${of.pack}`}>
    <${C.Flex} gap=${3} align="center" mb=${2} wrap="wrap">
      <${C.Heading} size="md">${of.pack}<//>
      <${C.Badge} colorPalette=${of.answer === "yes" ? (of.draft ? "teal" : "green") : of.answer === "no" ? "red" : "gray"}>${answers[of.answer] ?? of.answer}${of.draft && of.answer === "yes" ? ", by a draft" : ""}<//>
      ${of.draft && html`<${C.Badge} colorPalette="orange" variant="outline" title="its source was not read">draft<//>`}
      <${C.Text} fontSize="sm" color="fg.muted">${of.title.replace(/\.$/, "")}, version ${of.version}; ${of.standing}${of.why ? `: ${of.why}` : ""}; named by ${of.named_by}<//>
      <${Digest} of=${of.digest} />
    <//>
    ${of.controls.length > 0 && html`<${Controls} of=${of} id=${id} ask=${ask} />`}
  <//>`;
}

function Controls({ of, id, ask }) {
  const [open, setOpen] = useState("");
  const columns = [
    { title: "Control", cell: ({ control }) => html`<${C.Button} size="2xs" variant="ghost" aria-expanded=${open === control} onClick=${() => setOpen(open === control ? "" : control)}
      data-testid=${`control-${control}`}>${open === control ? "▾" : "▸"} ${control}<//>` },
    { title: "Asks", wrap: true, minW: "220px", cell: ({ text, ref }) => html`${text}<${C.Text} fontSize="xs" color="fg.muted">${ref}<//>` },
    { title: "Status", cell: ({ status }) => html`<${Status} of=${status} draft=${of.draft} />` },
    { title: "Why", wrap: true, minW: "200px", cell: ({ why, due, status }) => html`${why}${due && status !== "overdue" && html`<${C.Text} fontSize="xs" color="fg.muted">due ${day(due)}<//>`}` },
    { title: "Evidence", wrap: true, minW: "220px", cell: ({ evidence }) => html`<${Evidence} of=${evidence} />` },
    { title: "Next step", wrap: true, minW: "160px", cell: ({ lacking }) => [...new Set(lacking.map(({ next }) => next))].map((next) => html`<${C.Text} key=${next}>${next}<//>`) },
  ];
  const below = ({ control }) => (control === open ? html`<${History} id=${id} ask=${ask} pack=${of} control=${control} />` : null);
  return html`<${Grid} label=${`Controls of ${of.pack}`} columns=${columns} rows=${of.controls} rowKey=${({ control }) => control} below=${below} />`;
}

function Evidence({ of }) {
  return of.map(({ lifecycle, what, digest, index, at }) => html`<${C.Box} key=${index} fontSize="xs">
    ${what} <${C.Text} as="span" color="fg.muted" title=${moment(at)}>${lifecycle}, ${day(at)}, event ${index}<//> <${Digest} of=${digest} />
  <//>`);
}

function History({ id, ask, pack, control }) {
  const { data, error, reload } = useData(`policies/${encodeURIComponent(id)}/history${ask}`);
  if (error) return html`<${Trouble} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} lines=${1} />`;
  const found = data.controls.find((one) => one.pack === pack.pack && one.control === control);
  return html`<${React.Fragment}>${found && html`<${Strip} of=${found.stretches} draft=${pack.draft} />`}<//>`;
}
