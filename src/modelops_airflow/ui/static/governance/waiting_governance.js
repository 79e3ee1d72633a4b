// A change of governance that waits: what it changes, who has confirmed it, and the button of whoever may.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { Digest } from "../parts/digest.js";
import { Trouble } from "../parts/trouble.js";
import { useData } from "../use_data.js";

export function WaitingGovernance() {
  const { data, reload } = useData("governance", 30);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const waits = data?.pending;
  if (!waits) return null;
  const first = !data.active;
  const confirmed = waits.confirmed_by.join(", ") || "nobody yet";
  const activate = async () => {
    setBusy(true);
    setError(null);
    try {
      await post("governance/activation", { digest: waits.digest });
      reload();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return html`<${C.Box} borderWidth="1px" borderRadius="md" p=${3} mb=${3} data-testid="waiting-governance">
    <${C.Heading} size="sm">${first ? "The first governance waits" : "A change of governance waits"}<//>
    <${C.Text} fontSize="sm" mb=${2}>
      ${first
        ? `Nothing is decided before ${data.needed} people of the control side have confirmed it; confirmed by ${confirmed}.`
        : data.needed > 1
          ? `Proposed by ${waits.proposed_by}. It changes who people are, emergency releases or the side of a role: ${data.needed} people of the control side, under the rules in force, put it in force; confirmed by ${confirmed}.`
          : `Proposed by ${waits.proposed_by}. A person of the control side, under the rules in force, puts it in force.`}
      ${" "}<${Digest} of=${waits.digest} />
    <//>
    <${Changes} changes=${data.changes} open=${!first} />
    <${Trouble} error=${error} />
    ${data.may_activate && html`<${C.Button} size="sm" mt=${2} loading=${busy} onClick=${activate}>
      ${first || waits.confirmed_by.length + 1 < data.needed ? "Confirm" : "Put in force"}
    <//>`}
  <//>`;
}

function Changes({ changes, open }) {
  return html`<details open=${open}><summary>${changes.length} differences</summary>
    <${C.Table.Root} size="sm"><${C.Table.Body}>
      ${changes.map((one) => html`<${C.Table.Row} key=${one.what}>
        <${C.Table.Cell}>${one.what}<//><${C.Table.Cell}>${one.before}<//><${C.Table.Cell}>${one.after}<//>
      <//>`)}
    <//><//>
  </details>`;
}
