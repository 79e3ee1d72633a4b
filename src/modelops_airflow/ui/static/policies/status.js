// How a control stands: a sign and a word carry the meaning, the colour repeats it. What is not known is never green.
import { ChakraUI as C, html } from "../host.js";

export const LOOKS = {
  satisfied: ["green", "✓"], waived: ["purple", "W"], partially: ["orange", "◐"], "not tested": ["orange", "○"], overdue: ["red", "!"],
  "not satisfied": ["red", "✕"], "not known": ["gray", "?"], "not applicable": ["gray", "–"], "not asked": ["gray", "–"],
};

export const signOf = (status) => (LOOKS[status] ?? LOOKS["not known"])[1];
export const paletteOf = (status, draft) => (draft && status === "satisfied" ? "teal" : (LOOKS[status] ?? LOOKS["not known"])[0]);

export function Status({ of, draft, children }) {
  return html`<${C.Badge} colorPalette=${paletteOf(of, draft)} variant="subtle" size="sm" whiteSpace="nowrap">
    <span aria-hidden="true">${signOf(of)}</span> ${children ?? of}${draft && of === "satisfied" ? ", draft pack" : ""}
  <//>`;
}

export function Legend() {
  return html`<${C.Flex} gap=${2} wrap="wrap" mb=${3} align="center" aria-label="Signs" fontSize="xs" color="fg.muted">
    ${Object.keys(LOOKS).filter((status) => status !== "not asked").map((status) => html`<${Status} key=${status} of=${status} />`)}
    <${C.Text} as="span">a cell shows the worst of its controls, and how many are met; a draft pack is never plainly satisfied<//>
  <//>`;
}
