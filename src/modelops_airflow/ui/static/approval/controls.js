// The controls of policy packs that one decision covers, with the words that the person says.
import { ChakraUI as C, html } from "../host.js";

export function Controls({ of }) {
  if (!of.length) return null;
  return html`<${C.Box} mt=${4} data-testid="gate-controls">
    <${C.Heading} size="md" mb=${2}>Your approval says, for each of these controls<//>
    ${of.map((one) => html`<${C.Box} key=${`${one.pack} ${one.control}`} mb=${2}>
      <${C.Text} fontSize="sm"><b>${one.pack} ${one.control}</b> (${one.ref})${one.draft && html` <${C.Badge}>draft pack<//>`}: ${one.text}<//>
      <${C.Text} fontSize="sm" fontStyle="italic">${one.statement}<//>
    <//>`)}
  <//>`;
}
