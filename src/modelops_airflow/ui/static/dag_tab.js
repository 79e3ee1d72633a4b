// The tab "Model" on a DAG's page: the model behind the DAG, or that there is none.
import { ChakraUI as C, html } from "./host.js";
import { Head } from "./model/head.js";
import { Now } from "./model/now.js";
import { Link, modelPath } from "./parts/link.js";
import { Loading } from "./parts/loading.js";
import { Nothing } from "./parts/nothing.js";
import { Trouble } from "./parts/trouble.js";
import { useData } from "./use_data.js";

globalThis.Model = function ModelTab({ dagId }) {
  const { data, error, reload } = useData(`dags/${encodeURIComponent(dagId)}`, 5);
  if (error?.status === 404) return html`<${Nothing} title="This DAG belongs to no model">Only DAGs made from a model file have one.<//>`;
  return html`<${C.Box} p=${4} overflowY="auto" h="100%" data-testid="dag-tab">
    <${Trouble} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${data && html`<${C.Box}>
      <${Head} page=${data} reload=${reload} />
      <${C.Box} my=${3}><${Link} to=${modelPath(data.model.id)}>Everything about this model<//><//>
      <${Now} page=${data} />
    <//>`}
  <//>`;
};
