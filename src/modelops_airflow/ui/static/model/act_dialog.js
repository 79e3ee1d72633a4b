// Asks what an act on a finding takes: words, evidence, controls, a day; and sends it.
import { ChakraUI as C, html, useState } from "../host.js";
import { Trouble } from "../parts/trouble.js";

const SAYS = {
  dispute: "Say why it is none. Somebody of the control side who did not open it decides.", withdraw: "The finding ends, and nothing is mended.",
  uphold: "The finding stands and is open again.", plan: "It counts once the owner and the control side have agreed to the same words.",
  start: "Work on the agreed plan begins.", "hand-in": "Somebody of the control side verifies it.", close: "Say what you verified, and name what shows it.",
  return: "Say what is missing.", "accept-risk": "It is open again by itself on that day. A high finding takes two of the control side.",
  extend: "Once, and by 90 days at most.",
};
const KINDS = [["text", "A text"], ["run", "A run that passed"], ["digest", "A digest on record"]];

export function ActDialog({ verb, label, finding, send, close }) {
  const { needs } = finding.acts.find(({ act }) => act === verb) ?? { needs: [] };
  const [said, setSaid] = useState({ words: "", controls: "", until: "", kind: "text", proof: "" });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const set = (name) => (event) => setSaid((old) => ({ ...old, [name]: event.target.value }));
  const ready = needs.every((name) => said[name === "evidence" ? "proof" : name].trim());
  const submit = async () => {
    setBusy(true);
    try { await send(body(verb, needs, said)); } catch (failure) { setError(failure); setBusy(false); }
  };
  return html`<${C.Dialog.Root} open onOpenChange=${({ open }) => open || close()} role="alertdialog">
    <${C.Portal}><${C.Dialog.Backdrop} /><${C.Dialog.Positioner}><${C.Dialog.Content}>
      <${C.Dialog.Header}><${C.Dialog.Title}>${label}: ${finding.title}<//><//>
      <${C.Dialog.Body}><${C.Stack} gap=${3}>
        <${C.Text}>${SAYS[verb]}<//>
        ${needs.includes("words") && html`<${C.Textarea} aria-label="Words" placeholder=${verb === "plan" ? "The plan (goes on record)" : "What or why (goes on record)"} value=${said.words} onChange=${set("words")} />`}
        ${needs.includes("controls") && html`<${C.Textarea} aria-label="Compensating controls" placeholder="Compensating controls" value=${said.controls} onChange=${set("controls")} />`}
        ${needs.includes("until") && html`<${C.Input} type="date" aria-label="Until" value=${said.until} onChange=${set("until")} />`}
        ${needs.includes("evidence") && html`<${C.NativeSelect.Root} size="sm">
          <${C.NativeSelect.Field} aria-label="Kind of evidence" value=${said.kind} onChange=${set("kind")}>${KINDS.map(([key, name]) => html`<option key=${key} value=${key}>${name}</option>`)}<//>
          <${C.NativeSelect.Indicator} />
        <//>`}
        ${needs.includes("evidence") && html`<${C.Textarea} aria-label="Evidence" placeholder="Evidence" value=${said.proof} onChange=${set("proof")} />`}
        <${Trouble} error=${error} />
      <//><//>
      <${C.Dialog.Footer}>
        <${C.Button} variant="outline" onClick=${close}>Cancel<//>
        <${C.Button} colorPalette="brand" disabled=${!ready} loading=${busy} onClick=${submit}>${label}<//>
      <//>
    <//><//><//>
  <//>`;
}

function body(verb, needs, { words, controls, until, kind, proof }) {
  const told = { act: verb };
  if (needs.includes("words")) told.words = words.trim();
  if (needs.includes("controls")) told.controls = controls.trim();
  if (needs.includes("until")) told.until = `${until}T00:00:00Z`;
  if (needs.includes("evidence")) told.evidence = { [kind]: proof.trim() };
  return told;
}
