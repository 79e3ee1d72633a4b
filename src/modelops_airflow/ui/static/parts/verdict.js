// The verdict of a check; `pass` that was warned says so.
import { html } from "../host.js";
import { State } from "./state.js";

export function Verdict({ verdict, warned }) {
  if (!verdict) return html`<${State} of="none">not judged<//>`;
  return html`<${State} of=${verdict === "pass" && warned ? "warned" : verdict} />`;
}
