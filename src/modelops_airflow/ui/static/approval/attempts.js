// Every attempt with this version: nobody tries until it passes without its showing.
import { ChakraUI as C, html } from "../host.js";
import { Verdict } from "../parts/verdict.js";
import { moment } from "../time.js";

export function Attempts({ of }) {
  if (of.length < 2) return null;
  return html`<${C.Box} mt=${5} data-testid="attempts">
    <${C.Heading} size="md" mb=${1}>Attempts<//>
    <${C.Stack} as="ul" gap=${1} fontSize="sm">
      ${of.map((one) => html`<${C.HStack} as="li" key=${one.run_id} listStyleType="none" gap=${2}>
        <span>${moment(one.started_at)}, ${one.started_by}</span>
        ${one.verdict ? html`<${Verdict} verdict=${one.verdict} warned=${one.warned} />` : html`<span>not decided</span>`}
        ${!one.same_design && html`<${C.Text} as="span" color="orange.fg">with another test design<//>`}
      <//>`)}
    <//>
  <//>`;
}
