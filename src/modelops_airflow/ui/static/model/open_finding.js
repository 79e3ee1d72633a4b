// Opens a finding: how bad, a title, and what is wrong.
import { ChakraUI as C, html, useState } from "../host.js";
import { Trouble } from "../parts/trouble.js";

const SEVERITIES = [
  ["critical", "critical: due in 30 days, nothing new goes live"], ["high", "high: due in 90 days, holds approvals up"],
  ["medium", "medium: due in 180 days"], ["low", "low: due in 365 days"],
];

export function OpenFinding({ model, send, close }) {
  const [severity, setSeverity] = useState("medium");
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const submit = async () => {
    setBusy(true);
    try { await send({ severity, title: title.trim(), text: text.trim() }); } catch (failure) { setError(failure); setBusy(false); }
  };
  return html`<${C.Dialog.Root} open onOpenChange=${({ open }) => open || close()}>
    <${C.Portal}><${C.Dialog.Backdrop} /><${C.Dialog.Positioner}><${C.Dialog.Content}>
      <${C.Dialog.Header}><${C.Dialog.Title}>Open a finding on ${model.name}<//><//>
      <${C.Dialog.Body}><${C.Stack} gap=${3}>
        <${C.NativeSelect.Root} size="sm">
          <${C.NativeSelect.Field} aria-label="Severity" value=${severity} onChange=${(event) => setSeverity(event.target.value)}>
            ${SEVERITIES.map(([key, name]) => html`<option key=${key} value=${key}>${name}</option>`)}
          <//><${C.NativeSelect.Indicator} />
        <//>
        <${C.Input} aria-label="Title" placeholder="Title" value=${title} onChange=${(event) => setTitle(event.target.value)} />
        <${C.Textarea} aria-label="What is wrong" placeholder="What is wrong, and where it shows" value=${text} onChange=${(event) => setText(event.target.value)} />
        <${Trouble} error=${error} />
      <//><//>
      <${C.Dialog.Footer}>
        <${C.Button} variant="outline" onClick=${close}>Cancel<//>
        <${C.Button} colorPalette="brand" disabled=${!title.trim() || !text.trim()} loading=${busy} onClick=${submit}>Open it<//>
      <//>
    <//><//><//>
  <//>`;
}
