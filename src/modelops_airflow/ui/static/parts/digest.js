// A digest in short; the whole one is in the tooltip and is what copying takes.
import { ChakraUI as C, html } from "../host.js";
import { shortDigest } from "../words.js";

export function Digest({ of }) {
  if (!of) return null;
  const copy = () => navigator.clipboard?.writeText(of);
  return html`<${C.Code} as="button" type="button" size="sm" cursor="copy" title=${`${of} (press to copy)`} onClick=${copy}
    aria-label=${`Copy digest ${of}`}>${shortDigest(of)}<//>`;
}
