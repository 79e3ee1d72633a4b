// A link within Airflow: no page load, and it looks like Airflow's links.
import { ChakraUI as C, ReactRouterDOM as R, html } from "../host.js";

export function Link({ to, children, ...rest }) {
  return html`<${C.Link} asChild color="fg.info" ...${rest}><${R.Link} to=${to}>${children}<//><//>`;
}

export const modelPath = (id, tab) => `/plugin/models?model=${encodeURIComponent(id)}${tab ? `&tab=${tab}` : ""}`;
export const gatePath = (id) => `/plugin/approvals?gate=${encodeURIComponent(id)}`;
export const dagPath = (dagId) => `/dags/${encodeURIComponent(dagId)}`;
export const runPath = (dagId, runId) => `${dagPath(dagId)}/runs/${encodeURIComponent(runId)}`;
