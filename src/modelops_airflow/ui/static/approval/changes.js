// What changed since the last approved version: the artifact, the data, the test design, the policies.
import { ChakraUI as C, html } from "../host.js";

export function Changes({ changes, since, loosened }) {
  return html`<${C.Box} mt=${5}>
    <${C.Heading} size="md" mb=${1}>${since ? `Changed since version ${since}` : "Compared with the last approved version"}<//>
    ${!since && html`<${C.Text} fontSize="sm" color="fg.muted">There is none: this would be the first.<//>`}
    ${since && changes.length === 0 && html`<${C.Text} fontSize="sm" color="fg.muted">Nothing that is covered by an approval.<//>`}
    ${loosened.length > 0 && html`<${C.Box} borderWidth="1px" borderColor="orange.emphasized" rounded="md" p=${2} mb=${2} data-testid="loosened">
      <${C.Text} fontSize="sm" fontWeight="medium">Asked less than before<//>
      <${C.Stack} as="ul" gap=${0} fontSize="sm">${loosened.map((one) => html`<li key=${one}>${one}</li>`)}<//>
    <//>`}
    <${C.Stack} as="ul" gap=${1}>
      ${changes.map(({ what, before, after }) => html`<${C.Box} as="li" key=${what} fontSize="sm" listStyleType="none">
        <b>${what}</b>: <${C.Text} as="span" color="fg.muted">${before}<//> → ${after}
      <//>`)}
    <//>
  <//>`;
}
