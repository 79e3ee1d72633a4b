// One question with its evidence beside the buttons.
import { ChakraUI as C, html } from "../host.js";
import { ResultsTable } from "../model/now.js";
import { Plots } from "../model/plots.js";
import { Digest } from "../parts/digest.js";
import { Facts } from "../parts/facts.js";
import { Link, modelPath, runPath } from "../parts/link.js";
import { Loading } from "../parts/loading.js";
import { State } from "../parts/state.js";
import { Trouble } from "../parts/trouble.js";
import { Verdict } from "../parts/verdict.js";
import { useData } from "../use_data.js";
import { Attempts } from "./attempts.js";
import { Changes } from "./changes.js";
import { Controls } from "./controls.js";
import { DecisionForm } from "./decision_form.js";
import { Decisions } from "./decisions.js";
import { Due } from "./due.js";
import { Emergency } from "./emergency.js";
import { Needed } from "./needed.js";
import { Writers } from "./writers.js";

export function GatePage({ id }) {
  const { data, error, reload } = useData(`approvals/${encodeURIComponent(id)}`, 5);
  return html`<${C.Box} p=${4} overflowY="auto" h="100%" data-testid="gate-page">
    <${Link} to="/plugin/approvals" fontSize="sm">Approvals<//>
    <${Trouble} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} lines=${8} />`}
    ${data && html`<${Question} gate=${data} reload=${reload} />`}
  <//>`;
}

function Question({ gate, reload }) {
  return html`<${C.Box}>
    <${C.Flex} gap=${3} align="center" wrap="wrap" mt=${1}>
      <${C.Heading} size="xl">${gate.question}<//><${State} of=${gate.state} />
    <//>
    <${C.Box} my=${3}><${Facts} of=${[
      ["Model", html`<${Link} to=${modelPath(gate.model_id)}>${gate.model_name}<//>`], ["Tier", gate.tier], ["Version", gate.version],
      ["Run", html`<${Link} to=${runPath(gate.dag_id, gate.run_id)}>${gate.run_id}<//>`], ["Started by", gate.started_by],
      ["Attempts with this version", gate.attempts.length], ...(gate.design ? [["Test design", html`<${Digest} of=${gate.design} />`]] : []), ["Due", html`<${Due} gate=${gate} />`], ["Decided", html`<${Needed} roles=${gate.roles} />`],
      ["Subject", html`<${Digest} of=${gate.subject} />`],
    ]} /><//>
    <${C.Flex} gap=${6} align="start" direction=${{ base: "column", xl: "row" }}>
      <${C.Box} flex="1" minW=${0} w="100%">
        <${C.HStack} mb=${2} gap=${3}><${C.Heading} size="md">Results<//><${Verdict} verdict=${gate.verdict} warned=${gate.warned} /><//>
        <${Controls} of=${gate.controls} />
        <${ResultsTable} results=${gate.results} />
        <${Plots} model=${{ id: gate.model_id }} results=${gate.results} />
        <${Changes} changes=${gate.changes} since=${gate.since} loosened=${gate.loosened} />
        <${Attempts} of=${gate.attempts} />
        <${Writers} of=${gate.provenance} />
      <//>
      <${C.Box} w=${{ base: "100%", xl: "340px" }} flexShrink=${0} order=${{ base: -1, xl: 0 }} borderWidth="1px" rounded="md" p=${4} position="sticky" top=${0}>
        <${DecisionForm} gate=${gate} reload=${reload} />
        <${Emergency} gate=${gate} reload=${reload} />
        <${Decisions} of=${gate.decisions} reload=${reload} />
      <//>
    <//>
  <//>`;
}
