// One located mistake of a YAML file.
import { ChakraUI as C, html } from "../host.js";

export function Problem({ of }) {
  const hints = [of.expected && `expected ${of.expected}`, of.found && `found ${of.found}`, of.next_step].filter(Boolean);
  return html`<${C.Box} as="li" listStyleType="none" fontSize="sm">
    <${C.Code} size="sm">${of.file}:${of.line}:${of.column}<//>${" "}
    <b>${of.code}</b> ${of.message}
    ${hints.length > 0 && html`<${C.Text} as="span" color="fg.muted"> (${hints.join("; ")})<//>`}
  <//>`;
}
