// Waiting gates: mine first, by due date.
import { ChakraUI as C, html } from "../host.js";
import { MyKeys } from "../keys/my_keys.js";
import { Grid } from "../parts/grid.js";
import { Link, gatePath, modelPath } from "../parts/link.js";
import { Loading } from "../parts/loading.js";
import { Nothing } from "../parts/nothing.js";
import { State } from "../parts/state.js";
import { Trouble } from "../parts/trouble.js";
import { Verdict } from "../parts/verdict.js";
import { useData } from "../use_data.js";
import { plural } from "../words.js";
import { Due } from "./due.js";
import { Needed } from "./needed.js";

const COLUMNS = [
  { title: "Model", cell: ({ model_id, model_name }) => html`<${Link} to=${modelPath(model_id)}>${model_name}<//>` },
  { title: "Asked", cell: (gate) => html`<${Link} to=${gatePath(gate.id)} fontWeight="medium">${gate.step}, version ${gate.version}<//>` },
  { title: "Tier", align: "center", cell: ({ tier }) => tier },
  { title: "Results", cell: ({ verdict, warned }) => html`<${Verdict} verdict=${verdict} warned=${warned} />` },
  { title: "Decided", cell: ({ roles }) => html`<${Needed} roles=${roles} />` },
  { title: "Due", cell: (gate) => html`<${Due} gate=${gate} />` },
  { title: "You", cell: ({ may_decide, why_not }) => may_decide
      ? html`<${State} of="waiting">your decision<//>` : html`<${C.Text} fontSize="xs" color="fg.muted" maxW="320px">${why_not}<//>` },
];

export function Waiting() {
  const { data, error, reload } = useData("approvals?limit=200", 5);
  return html`<${C.Box} p=${4} overflowY="auto" h="100%" data-testid="approvals-page">
    <${C.Heading} size="xl" mb=${1}>Approvals<//>
    ${data && html`<${C.Text} color="fg.muted" mb=${3} aria-live="polite">${told(data)}<//>`}
    <${Trouble} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${data && (data.items.length > 0
      ? html`<${Grid} label="Waiting approvals" columns=${COLUMNS} rows=${data.items} rowKey=${({ id }) => id}
          rowProps=${({ id, may_decide }) => ({ "data-testid": `gate-${id}`, bg: may_decide ? "bg.info" : undefined })} />`
      : html`<${Nothing} title="Nothing waits">When a release has passed its checks, the question to approve it appears here.<//>`)}
    <${MyKeys} />
  <//>`;
}

const told = ({ mine, total }) => (mine ? `${plural(mine, "decision")} of ${total} ${mine === 1 ? "is" : "are"} yours` : `${plural(total, "decision")} open, none is yours`);
