// The card on Airflow's home page: what waits for me, what is late, what was stopped.
import { ChakraUI as C, html } from "./host.js";
import { Link } from "./parts/link.js";
import { Trouble } from "./parts/trouble.js";
import { useData } from "./use_data.js";

const NUMBERS = [
  ["waiting_for_me", "waiting for you", "/plugin/approvals", "blue"],
  ["overdue", "overdue", "/plugin/models?overdue=true", "red"],
  ["suspended", "suspended", "/plugin/models?state=suspended", "orange"],
  ["broken", "broken YAML", "/plugin/models?state=broken", "red"],
  ["in_use", "in use", "/plugin/models?state=in_use", "green"],
];

globalThis.ModelOps = function ModelOpsCard() {
  const { data, error } = useData("summary", 15);
  return html`<${C.Box} data-testid="modelops-card">
    <${C.Heading} size="md" mb=${2}>Models<//>
    <${Trouble} error=${error} />
    <${C.Flex} gap=${3} wrap="wrap" minH="44px">
      ${data && NUMBERS.map(([key, label, to, palette]) => html`<${Link} key=${key} to=${to} borderWidth="1px" rounded="md" px=${3} py=${2} color="fg">
        <${C.Text} as="span" fontWeight="semibold" color=${data[key] ? `${palette}.fg` : "fg.muted"}>${data[key]}<//>
        <${C.Text} as="span" fontSize="sm" color="fg.muted"> ${label}<//>
      <//>`)}
    <//>
  <//>`;
};
