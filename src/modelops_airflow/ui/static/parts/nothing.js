// An empty state: what would be here, and what to do to have it.
import { ChakraUI as C, html } from "../host.js";

export function Nothing({ title, children, action }) {
  return html`<${C.Box} py=${10} px=${4} textAlign="center" data-testid="nothing">
    <${C.Text} fontWeight="medium">${title}<//>
    <${C.Text} color="fg.muted" fontSize="sm" mt=${1}>${children}<//>
    ${action && html`<${C.Box} mt=${3}>${action}<//>`}
  <//>`;
}
