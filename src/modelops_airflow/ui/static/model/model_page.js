// One model: its head, what is due next, and its tabs; the tab is kept in the address.
import { ChakraUI as C, ReactRouterDOM as R, html } from "../host.js";
import { Link } from "../parts/link.js";
import { Loading } from "../parts/loading.js";
import { Trouble } from "../parts/trouble.js";
import { policyPath } from "../policies/use_address.js";
import { useData } from "../use_data.js";
import { Approvals } from "./approvals.js";
import { Documents } from "./documents.js";
import { Findings } from "./findings.js";
import { Head } from "./head.js";
import { Incidents } from "./incidents.js";
import { Lifecycles } from "./lifecycles.js";
import { Log } from "./log.js";
import { Now } from "./now.js";
import { Versions } from "./versions.js";

const TABS = [["now", "Now", Now], ["versions", "Versions", Versions], ["lifecycles", "Life cycles", Lifecycles],
  ["approvals", "Approvals", Approvals], ["findings", "Findings", Findings], ["documents", "Documents", Documents], ["log", "Log", Log]];

export function ModelPage({ id }) {
  const [search, setSearch] = R.useSearchParams();
  const { data, error, reload } = useData(`models/${encodeURIComponent(id)}`, 5);
  const choose = ({ value }) => setSearch((old) => { const changed = new URLSearchParams(old); changed.set("tab", value); return changed; });
  return html`<${C.Box} p=${4} overflowY="auto" h="100%" data-testid="model-page">
    <${C.Flex} justify="space-between"><${Link} to="/plugin/models" fontSize="sm">Models<//><${Link} to=${policyPath({ model: id })} fontSize="sm">Its policies<//><//>
    <${Trouble} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} lines=${8} />`}
    ${data && html`<${Head} page=${data} reload=${reload} />`}
    ${data && html`<${Incidents} page=${data} />`}
    ${data && html`<${C.Tabs.Root} value=${search.get("tab") ?? "now"} onValueChange=${choose} lazyMount unmountOnExit size="sm" mt=${4}>
      <${C.Tabs.List}>
        ${TABS.map(([key, title]) => html`<${C.Tabs.Trigger} key=${key} value=${key}>${title}<//>`)}
      <//>
      ${TABS.map(([key, , Tab]) => html`<${C.Tabs.Content} key=${key} value=${key}><${Tab} page=${data} reload=${reload} /><//>`)}
    <//>`}
  <//>`;
}
