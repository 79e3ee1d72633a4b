// Start a release; stop or go back, each with a reason. The server decides who may, and says beforehand why not.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { Trouble } from "../parts/trouble.js";
import { Link, runPath } from "../parts/link.js";
import { ReasonDialog } from "./reason_dialog.js";

export function Actions({ page, reload }) {
  const { model, dags, versions, deployments, why_not: whyNot } = page;
  const [started, setStarted] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(null);
  const at = `models/${encodeURIComponent(model.id)}`;
  const up = deployments.filter(({ state }) => state === "live");
  const live = up.find(({ cause }) => cause !== "canary") ?? up[0];
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

  const shown = [
    dags.some(({ lifecycle }) => lifecycle === "release") && { act: "release", label: "Start release", colorPalette: "brand", loading: busy, onClick: release },
    model.legacy?.until && model.legacy.standing !== "waived" && { act: "waiver", label: "Accept waiver", variant: "outline", onClick: () => setAsked("waiver") },
    model.legacy?.standing === "waived" && { act: "revoke", label: "Revoke waiver", variant: "outline", colorPalette: "red", onClick: () => setAsked("revoke") },
    live && { act: "suspend", label: "Suspend", variant: "outline", onClick: () => setAsked("suspend") },
    earlier.length > 0 && { act: "rollback", label: "Roll back", variant: "outline", onClick: () => setAsked("rollback") },
    versions.some(({ state }) => state !== "retired") && { act: "retire", label: "Retire", variant: "outline", colorPalette: "red", onClick: () => setAsked("retire") },
  ].filter(Boolean);
  const refused = shown.filter(({ act: name }) => whyNot[name]);

  return html`<${C.Box}>
    <${C.Flex} gap=${2} justify="end" wrap="wrap">
      ${shown.map(({ act: name, label, onClick, ...look }) => html`<${C.Button} key=${name} size="sm" ...${look} disabled=${Boolean(whyNot[name])}
        title=${whyNot[name] || undefined} aria-describedby=${whyNot[name] ? "why-no-action" : undefined} onClick=${onClick}>${label}<//>`)}
    <//>
    ${refused.length > 0 && html`<${C.Box} id="why-no-action" data-testid="why-no-action" fontSize="xs" color="fg.muted" textAlign="right" mt=${1}>
      ${[...new Set(refused.map(({ act: name }) => whyNot[name]))].map((reason) => html`<${C.Text} key=${reason}>
        ${refused.filter(({ act: name }) => whyNot[name] === reason).map(({ label }) => label).join(", ")}: ${reason}<//>`)}
    <//>`}
    ${started && html`<${C.Text} fontSize="sm" mt=${1} textAlign="right">Started <${Link} to=${runPath(started.dag_id, started.run_id)}>${started.run_id}<//><//>`}
    <${Trouble} error=${error} />
    ${asked === "waiver" && html`<${ReasonDialog} title=${`Accept the waiver of ${model.name} until ${model.legacy.until}`} verb="Accept" close=${() => setAsked(null)}
      says="It stays in use without a release until that day, and is a critical finding from then on. This approves nothing."
      send=${(reason) => act("waiver", { terms: model.legacy.terms, reason })} />`}
    ${asked === "revoke" && html`<${ReasonDialog} title=${`Revoke the waiver of ${model.name}`} verb="Revoke" close=${() => setAsked(null)}
      says="It is a critical finding at once. What runs is not stopped by this."
      send=${(reason) => act("waiver/revocation", { reason })} />`}
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
