// The inventory: what is in production, may it be, and what needs me?
import { ChakraUI as C, ReactRouterDOM as R, html } from "../host.js";
import { WaitingGovernance } from "../governance/waiting_governance.js";
import { Loading } from "../parts/loading.js";
import { Nothing } from "../parts/nothing.js";
import { Trouble } from "../parts/trouble.js";
import { useData } from "../use_data.js";
import { Assurance } from "./assurance.js";
import { Coverage } from "./coverage.js";
import { Filters } from "./filters.js";
import { Recertification } from "./recertification.js";
import { Strip } from "./strip.js";
import { ModelsTable } from "./models_table.js";
import { useFilters } from "./use_filters.js";
import { useMore } from "./use_more.js";

export function Fleet() {
  const filters = useFilters();
  const first = useData(`models?${filters.query}`, 10);
  const { items, next, loadMore, loadingMore, error } = useMore(first.data, filters.query);
  return html`<${C.Box} p=${4} overflowY="auto" h="100%" data-testid="models-page">
    <${C.Heading} size="xl" mb=${3}>Models<//>
    <${Assurance} />
    <${Coverage} />
    <${Recertification} />
    <${WaitingGovernance} />
    ${first.data && html`<${Strip} counts=${first.data.counts} filters=${filters} />`}
    <${Filters} filters=${filters} found=${first.data?.found} total=${first.data?.counts.total} />
    <${Trouble} error=${first.error ?? error} retry=${first.reload} />
    ${!first.data && !first.error && html`<${Loading} lines=${6} />`}
    ${first.data && (items.length > 0 ? html`<${ModelsTable} models=${items} />` : html`<${Empty} filters=${filters} />`)}
    ${next && html`<${C.Button} mt=${3} size="sm" variant="outline" loading=${loadingMore} onClick=${loadMore}>Load more<//>`}
  <//>`;
}

function Empty({ filters }) {
  if (!filters.any) {
    return html`<${Nothing} title="No models yet">
      Put a model file into dags/models/ (modelops new model writes one to start from); it appears here within a minute.
    <//>`;
  }
  const clear = html`<${C.Button} size="sm" variant="outline" onClick=${filters.clear}>Clear filters<//>`;
  return html`<${Nothing} title="No model passes these filters" action=${clear}>Widen the text or clear the filters.<//>`;
}
