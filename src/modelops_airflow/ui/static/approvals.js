// The page "Approvals": what waits, or one gate where the address names one.
import { ReactRouterDOM as R, html } from "./host.js";
import { GatePage } from "./approval/gate_page.js";
import { Waiting } from "./approval/waiting.js";

globalThis.Approvals = function Approvals() {
  const [search] = R.useSearchParams();
  const gate = search.get("gate");
  return gate ? html`<${GatePage} id=${gate} />` : html`<${Waiting} />`;
};
