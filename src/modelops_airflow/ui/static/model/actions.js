// Start a release; stop or go back, each with a reason. The server decides who may.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { Trouble } from "../parts/trouble.js";
import { Link, runPath } from "../parts/link.js";
import { ReasonDialog } from "./reason_dialog.js";

export function Actions({ page, reload }) {
  const { model, dags, versions, deployments } = page;
  const [started, setStarted] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(null);
  const at = `models/${encodeURIComponent(model.id)}`;
  const live = deployments.find(({ state }) => state === "live");
  const earlier = live ? goBackTo(deployments, live) : [];

  const release = async () => {
    setBusy(true);
    try {
      setStarted(await post(`${at}/release`, {}));
      setError(null);
      reload();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const act = async (path, body) => { await post(`${at}/${path}`, body); setAsked(null); reload(); };

  return html`<${C.Box}>
    <${C.Flex} gap=${2} justify="end" wrap="wrap">
      ${dags.some(({ lifecycle }) => lifecycle === "release") && html`<${C.Button} size="sm" colorPalette="brand" loading=${busy} onClick=${release}>Start release<//>`}
      ${live && html`<${C.Button} size="sm" variant="outline" onClick=${() => setAsked("suspend")}>Suspend<//>`}
      ${earlier.length > 0 && html`<${C.Button} size="sm" variant="outline" onClick=${() => setAsked("rollback")}>Roll back<//>`}
      ${versions.some(({ state }) => state !== "retired") && html`<${C.Button} size="sm" variant="outline" colorPalette="red" onClick=${() => setAsked("retire")}>Retire<//>`}
    <//>
    ${started && html`<${C.Text} fontSize="sm" mt=${1} textAlign="right">Started <${Link} to=${runPath(started.dag_id, started.run_id)}>${started.run_id}<//><//>`}
    <${Trouble} error=${error} />
    ${asked === "suspend" && html`<${ReasonDialog} title=${`Suspend ${model.name} in ${live.environment}`} verb="Suspend" close=${() => setAsked(null)}
      says="It is taken out of service at once. Starting again takes a release."
      send=${(reason) => act("suspend", { environment: live.environment, reason })} />`}
    ${asked === "rollback" && html`<${ReasonDialog} title=${`Roll ${model.name} back in ${live.environment}`} verb="Roll back" close=${() => setAsked(null)}
      says="Only to a version whose approvals still hold." choices=${earlier}
      send=${(reason, version) => act("rollback", { environment: live.environment, version, reason })} />`}
    ${asked === "retire" && html`<${ReasonDialog} title=${`Retire ${model.name}`} verb="Retire" close=${() => setAsked(null)}
      says="All its versions are retired and taken out of service; its records stay."
      send=${(reason) => act("retire", { version: null, reason })} />`}
  <//>`;
}

const goBackTo = (deployments, live) =>
  [...new Set(deployments.filter(({ state, environment, version }) =>
    state === "superseded" && environment === live.environment && version !== live.version).map(({ version }) => version))];
