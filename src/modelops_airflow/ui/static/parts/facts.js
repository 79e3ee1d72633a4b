// A short list of names and values, side by side; empty values are left out.
import { ChakraUI as C, html } from "../host.js";

export function Facts({ of }) {
  const shown = of.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return html`<${C.Flex} as="dl" gap=${6} rowGap=${3} wrap="wrap">
    ${shown.map(([name, value]) => html`<${C.Box} key=${name}>
      <${C.Text} as="dt" fontSize="xs" color="fg.muted">${name}<//>
      <${C.Box} as="dd" fontSize="sm">${value}<//>
    <//>`)}
  <//>`;
}
