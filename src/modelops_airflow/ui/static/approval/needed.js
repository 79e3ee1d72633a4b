// How many persons of each role have decided, of how many.
import { ChakraUI as C, html } from "../host.js";

export function Needed({ roles }) {
  return html`<${C.HStack} gap=${3} wrap="wrap">
    ${roles.map(({ role, need, have }) => html`<${C.Text} as="span" key=${role} fontSize="sm" whiteSpace="nowrap">
      <span aria-hidden="true">${have >= need ? "✓" : "○"}</span> ${role} ${have} of ${need}
    <//>`)}
  <//>`;
}
