// Grey lines where content will be.
import { ChakraUI as C, html } from "../host.js";

export function Loading({ lines = 4 }) {
  return html`<${C.Stack} gap=${3} py=${4} aria-busy="true" aria-label="Loading">
    ${Array.from({ length: lines }, (_, line) => html`<${C.Skeleton} key=${line} height="5" />`)}
  <//>`;
}
