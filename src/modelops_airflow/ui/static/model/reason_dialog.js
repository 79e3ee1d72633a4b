// Asks for the reason of an act and sends it.
import { ChakraUI as C, html, useState } from "../host.js";
import { Trouble } from "../parts/trouble.js";

export function ReasonDialog({ title, says, verb, choices = [], send, close }) {
  const [reason, setReason] = useState("");
  const [choice, setChoice] = useState(choices[0]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const submit = async () => {
    setBusy(true);
    try {
      await send(reason.trim(), choice);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return html`<${C.Dialog.Root} open onOpenChange=${({ open }) => open || close()} role="alertdialog">
    <${C.Portal}><${C.Dialog.Backdrop} /><${C.Dialog.Positioner}><${C.Dialog.Content}>
      <${C.Dialog.Header}><${C.Dialog.Title}>${title}<//><//>
      <${C.Dialog.Body}>
        <${C.Text} mb=${3}>${says}<//>
        ${choices.length > 0 && html`<${C.NativeSelect.Root} size="sm" mb=${3}>
          <${C.NativeSelect.Field} aria-label="Version" value=${choice} onChange=${(event) => setChoice(event.target.value)}>
            ${choices.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
          <//><${C.NativeSelect.Indicator} />
        <//>`}
        <${C.Textarea} aria-label="Reason" placeholder="Reason (required, goes on record)" value=${reason} onChange=${(event) => setReason(event.target.value)} />
        <${Trouble} error=${error} />
      <//>
      <${C.Dialog.Footer}>
        <${C.Button} variant="outline" onClick=${close}>Cancel<//>
        <${C.Button} colorPalette="red" disabled=${!reason.trim()} loading=${busy} onClick=${submit}>${verb}<//>
      <//>
    <//><//><//>
  <//>`;
}
