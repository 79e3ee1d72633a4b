// Approve or Reject over the subject that this page shows; if I may not, it says why.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { canPasskey, sign } from "../keys/passkey.js";
import { Link, modelPath } from "../parts/link.js";
import { Trouble } from "../parts/trouble.js";
import { useData } from "../use_data.js";
import { shortDigest, words } from "../words.js";

export function DecisionForm({ gate, reload }) {
  const [comment, setComment] = useState("");
  const [conditions, setConditions] = useState("");
  const [busy, setBusy] = useState(null);
  const [error, setError] = useState(null);
  const { data: keys } = useData("keys");
  const passkey = canPasskey() && keys?.mine.some(({ kind, state }) => kind === "passkey" && state === "active");
  if (gate.state !== "open") return html`<${C.Text} data-testid="after">${after(gate)}<//>`;
  if (!gate.may_decide) {
    return html`<${C.Box} data-testid="why-not"><${C.Text} fontWeight="medium">You cannot decide here<//><${C.Text} fontSize="sm" color="fg.muted">${gate.why_not}<//><//>`;
  }
  const decide = async (decision, signed) => {
    setBusy(signed ? "sign" : decision);
    try {
      const said = { decision, comment: comment.trim(), subject: gate.subject, conditions: decision === "approve" ? lines(conditions) : [] };
      await post(`approvals/${gate.id}/decisions`, signed ? { ...said, signature: await sign(gate.id, said) } : said);
      setError(null);
      setConditions("");
      setComment("");
    } catch (failure) {
      setError(failure);
    }
    setBusy(null);
    reload();
  };
  const shut = busy !== null || Boolean(gate.too_old);
  const held = gate.held_up.filter(({ unless_conditions: unless }) => !(unless && lines(conditions).length));
  return html`<${C.Stack} gap=${3}>
    ${gate.held_up.length > 0 && html`<${C.Alert.Root} status="error" size="sm" data-testid="held-up"><${C.Alert.Indicator} /><${C.Alert.Content}>
      <${C.Alert.Title}>Open findings hold the approval up<//>
      ${gate.held_up.map(({ finding, told }) => html`<${C.Alert.Description} key=${finding}><${Link} to=${modelPath(gate.model_id, "findings")}>${told}<//><//>`)}<//><//>`}
    ${gate.too_old && html`<${C.Alert.Root} status="error" size="sm" data-testid="too-old"><${C.Alert.Indicator} /><${C.Alert.Content}>
      <${C.Alert.Title}>The evidence is too old to approve over<//><${C.Alert.Description}>${gate.too_old}<//><//><//>`}
    <${C.Text} fontSize="sm">You decide as <b>${gate.as_role}</b>, with the meaning <b>${gate.meaning}</b>, over subject ${shortDigest(gate.subject)}.<//>
    <${C.Textarea} size="sm" aria-label="Comment" placeholder="Comment (required to reject)" value=${comment} onChange=${(event) => setComment(event.target.value)} />
    <details><summary><${C.Text} as="span" fontSize="sm">Approve under conditions<//></summary>
      <${C.Textarea} size="sm" mt=${2} aria-label="Conditions" placeholder="One condition a line; the approval then lasts half a year at most (tier 3: a year)"
        value=${conditions} onChange=${(event) => setConditions(event.target.value)} />
    </details>
    ${gate.signature && !passkey && html`<${C.Text} fontSize="sm" data-testid="needs-key">This gate takes approvals only with your own signature: enrol a passkey on the page Approvals, or run modelops approve ${gate.id} --key FILE.<//>`}
    <${C.HStack} wrap="wrap">
      ${passkey && html`<${C.Button} size="sm" colorPalette="green" loading=${busy === "sign"} disabled=${shut || held.length > 0} onClick=${() => decide("approve", true)}>Approve with passkey<//>`}
      ${!gate.signature && html`<${C.Button} size="sm" colorPalette="green" variant=${passkey ? "outline" : "solid"} loading=${busy === "approve"} disabled=${shut || held.length > 0} onClick=${() => decide("approve")}>Approve<//>`}
      <${C.Button} size="sm" colorPalette="red" variant="outline" loading=${busy === "reject"} disabled=${busy !== null || !comment.trim()} onClick=${() => decide("reject")}>Reject<//>
    <//>
    <${Trouble} error=${error} />
  <//>`;
}

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

function after({ state, meaning }) {
  if (meaning === "attest" && state === "rejected") return "Its fitness was not attested. Nothing stops by itself: suspend the model on its page, or start a release that mends it.";
  if (meaning === "attest" && state === "approved") return "Its fitness is attested; the next review falls due by its cadence.";
  if (state === "approved") return "This gate is approved. The run goes on to its next step by itself.";
  if (state === "rejected") return "This gate is rejected: the version does not go live. A new release asks again.";
  return `This gate is ${words(state)}: what it asked about has changed. A new release asks again.`;
}
