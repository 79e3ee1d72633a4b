// The decisions so far; one's own can be taken back.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { State } from "../parts/state.js";
import { Trouble } from "../parts/trouble.js";
import { day, moment } from "../time.js";

export function Decisions({ of, reload }) {
  const [error, setError] = useState(null);
  if (of.length === 0) return null;
  const withdraw = async (id) => {
    try {
      await post(`decisions/${id}/withdrawal`, { comment: "" });
      setError(null);
      reload();
    } catch (failure) {
      setError(failure);
    }
  };
  return html`<${C.Stack} as="ul" gap=${2} mt=${3}>
    ${of.map((one) => html`<${C.Box} as="li" key=${one.id} listStyleType="none" fontSize="sm">
      <${C.HStack} gap=${2} wrap="wrap">
        <${State} of=${one.withdrawn_at ? "withdrawn" : one.decision} />
        <span><b>${one.person}</b> as ${one.role}, ${moment(one.at)}</span>
        ${one.expires_at && !one.withdrawn_at && html`<${C.Text} as="span" color="fg.muted">valid until ${day(one.expires_at)}<//>`}
        ${one.mine && !one.withdrawn_at && html`<${C.Button} size="2xs" variant="outline" onClick=${() => withdraw(one.id)}>Withdraw<//>`}
      <//>
      ${one.comment && html`<${C.Text} color="fg.muted" whiteSpace="pre-wrap">${one.comment}<//>`}
    <//>`)}
    <${Trouble} error=${error} />
  <//>`;
}
