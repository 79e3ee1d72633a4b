// Who wrote the files that this run goes by, as git has it; what git does not know is said.
import { ChakraUI as C, html } from "../host.js";

export function Writers({ of }) {
  if (of.length === 0) return null;
  return html`<${C.Box} mt=${5} data-testid="writers">
    <${C.Heading} size="md" mb=${1}>Written by<//>
    <${C.Stack} as="ul" gap=${1} fontSize="sm">
      ${of.map((one) => html`<${C.Box} as="li" key=${one.file} listStyleType="none">
        <b>${one.file}</b>: ${one.authors.join(", ") || "unknown"}${one.authors.length > 0 && (one.signed ? ", signed" : ", as the commits claim; they are not signed")}
        ${one.gap && html`<${C.Text} color="orange.fg">${one.gap}<//>`}
      <//>`)}
    <//>
  <//>`;
}
