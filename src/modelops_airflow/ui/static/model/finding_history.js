// What people did about a finding, in order, with their words and their evidence.
import { ChakraUI as C, html } from "../host.js";
import { Digest } from "../parts/digest.js";
import { day, moment } from "../time.js";
import { plural } from "../words.js";

export function FindingHistory({ of }) {
  if (of.length === 0) return null;
  return html`<details><summary><${C.Text} as="span" fontSize="xs" color="fg.muted">History, ${plural(of.length, "event")}<//></summary>
    <${C.Stack} as="ol" gap=${2} mt=${2} ps=${4} fontSize="sm">
      ${of.map((one) => html`<li key=${one.index}><b>${one.act.replaceAll("-", " ")}</b> by ${one.by}
        <${C.Text} as="span" color="fg.muted" title=${`event ${one.index} of the log`}> ${moment(one.at)}<//><${Saying} of=${one} /></li>`)}
    <//>
  </details>`;
}

export function Saying({ of }) {
  return html`<${C.Box} fontSize="sm">
    ${of.words && html`<${C.Text}>${of.words}<//>`}
    ${of.controls && html`<${C.Text}>Compensating controls: ${of.controls}<//>`}
    ${of.until && html`<${C.Text}>Until ${day(of.until)}<//>`}
    ${of.evidence && html`<${C.Box}>Evidence: ${evidence(of.evidence)}<//>`}
  <//>`;
}

function evidence({ kind, reference, text }) {
  if (kind === "text") return text;
  return kind === "evidence" ? html`<${Digest} of=${reference} />` : `run ${reference}`;
}
