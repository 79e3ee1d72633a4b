// The history of a control as a strip over time: each stretch as long as it lasted, with its sign, and in words when it is pointed at.
import { ChakraUI as C, html } from "../host.js";
import { day } from "../time.js";
import { paletteOf, signOf } from "./status.js";

const NARROW = 2.2;  // per cent: below it there is no room for a sign

export function Strip({ of, draft }) {
  const first = new Date(of[0].from), whole = new Date(of.at(-1).to) - first || 1;
  return html`<${C.Box} data-testid="strip">
    <${C.Flex} h="26px" rounded="sm" overflow="hidden" role="list" aria-label="History">
      ${of.map((one, index) => html`<${Stretch} key=${index} of=${one} draft=${draft} share=${100 * (new Date(one.to) - new Date(one.from)) / whole} />`)}
    <//>
    <${C.Flex} justify="space-between" fontSize="xs" color="fg.muted"><span>${day(of[0].from)}</span><span>${day(of.at(-1).to)}</span><//>
    <${C.Stack} as="ol" gap=${0} mt=${1} fontSize="xs">
      ${of.map((one, index) => html`<${C.Text} as="li" key=${index} listStyleType="none">
        ${day(one.from)} to ${day(one.to)}: <b>${signOf(one.status)} ${one.shown}</b>${one.why ? `, ${one.why}` : ""}${one.version ? ` (version ${one.version})` : ""}
      <//>`)}
    <//>
  <//>`;
}

function Stretch({ of, draft, share }) {
  const told = `${day(of.from)} to ${day(of.to)}: ${of.shown}${of.why ? `, ${of.why}` : ""}`;
  return html`<${C.Flex} role="listitem" title=${told} aria-label=${told} colorPalette=${paletteOf(of.status, draft)} bg="colorPalette.muted" color="colorPalette.fg" width=${`${share}%`}
    minW="3px" align="center" justify="center" borderRightWidth="1px" borderColor="bg" fontSize="xs" fontWeight="bold" data-status=${of.status}>
    <span aria-hidden="true">${share > NARROW ? signOf(of.status) : ""}</span>
  <//>`;
}
