// When a gate is due; late in words as well as in red.
import { ChakraUI as C, html } from "../host.js";
import { away, moment } from "../time.js";

export function Due({ gate }) {
  if (!gate.due_at) return html`<${C.Text} as="span" color="fg.muted">no due date<//>`;
  const late = gate.overdue;
  return html`<${C.Text} as="span" title=${moment(gate.due_at)} whiteSpace="nowrap" color=${late ? "fg.error" : undefined}>
    ${late ? `overdue, was due ${away(gate.due_at)}` : away(gate.due_at)}
  <//>`;
}
