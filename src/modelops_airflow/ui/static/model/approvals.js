// Who signed what, over which digest; who still may.
import { ChakraUI as C, html } from "../host.js";
import { GateSummary } from "../approval/gate_summary.js";
import { Decisions } from "../approval/decisions.js";
import { Nothing } from "../parts/nothing.js";

export function Approvals({ page, reload }) {
  if (page.gates.length === 0) return html`<${Nothing} title="Nothing was asked yet">A release asks for approval after its checks were judged.<//>`;
  return html`<${C.Stack} gap=${5}>
    ${page.gates.map((gate) => html`<${C.Box} key=${gate.id} borderWidth="1px" rounded="md" p=${4}>
      <${GateSummary} gate=${gate} />
      <${Decisions} of=${gate.decisions} reload=${reload} />
    <//>`)}
  <//>`;
}
