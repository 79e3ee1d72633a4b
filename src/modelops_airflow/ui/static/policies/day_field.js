// The day that is asked about; empty is now.
import { ChakraUI as C, html } from "../host.js";
import { moment } from "../time.js";

export function DayField({ on, set, at }) {
  return html`<${C.HStack} gap=${2} flexShrink=${0}>
    <${C.Text} as="label" htmlFor="policies-on" fontSize="sm">On<//>
    <${C.Input} id="policies-on" type="date" size="sm" w="160px" value=${on} onChange=${(event) => set({ on: event.target.value })} data-testid="on" />
    ${on && html`<${C.Button} size="xs" variant="ghost" onClick=${() => set({ on: "" })}>Now<//>`}
    ${at && html`<${C.Text} fontSize="xs" color="fg.muted" data-testid="at">${on ? `as the register knew it at ${moment(at)}` : `now, ${moment(at)}`}<//>`}
  <//>`;
}
