// Text, tier and state; typing waits a moment before it asks the server.
import { ChakraUI as C, html, useEffect, useState } from "../host.js";
import { words } from "../words.js";

const STATES = ["in_use", "restricted", "legacy", "waiting", "approved", "conditional", "registered", "validating", "suspended", "rejected", "retired", "broken"];

export function Filters({ filters, found, total }) {
  const [text, setText] = useState(filters.q);
  useEffect(() => setText(filters.q), [filters.q]);
  useEffect(() => {
    const timer = setTimeout(() => text !== filters.q && filters.set({ q: text }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<${C.Flex} gap=${2} mb=${3} wrap="wrap" align="center">
    <${C.Input} size="sm" maxW="280px" placeholder="Search name, owner, team, kind" aria-label="Search models" type="search"
      value=${text} onChange=${(event) => setText(event.target.value)} />
    <${Choice} label="Tier" value=${filters.tier} options=${["1", "2", "3"]} choose=${(tier) => filters.set({ tier })} />
    <${Choice} label="State" value=${filters.state} options=${STATES} choose=${(state) => filters.set({ state })} />
    ${filters.any && html`<${C.Button} size="sm" variant="ghost" onClick=${filters.clear}>Clear filters<//>`}
    <${C.Text} ml="auto" fontSize="sm" color="fg.muted" aria-live="polite">
      ${total === undefined ? "" : `${found} of ${total} models`}
    <//>
  <//>`;
}

function Choice({ label, value, options, choose }) {
  return html`<${C.NativeSelect.Root} size="sm" width="160px">
    <${C.NativeSelect.Field} aria-label=${label} value=${value} onChange=${(event) => choose(event.target.value)}>
      <option value="">${label}: any</option>
      ${options.map((option) => html`<option key=${option} value=${option}>${label === "Tier" ? `Tier ${option}` : words(option)}</option>`)}
    <//>
    <${C.NativeSelect.Indicator} />
  <//>`;
}
