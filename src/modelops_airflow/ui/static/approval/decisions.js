// The decisions so far; one's own can be taken back.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { ReasonDialog } from "../model/reason_dialog.js";
import { State } from "../parts/state.js";
import { day, moment } from "../time.js";

export function Decisions({ of, reload }) {
  const [asked, setAsked] = useState(null);
  if (of.length === 0) return null;
  const withdraw = async (comment) => {
    await post(`decisions/${asked}/withdrawal`, { comment });
    setAsked(null);
    reload();
  };
  return html`<${C.Stack} as="ul" gap=${2} mt=${3}>
    ${of.map((one) => html`<${C.Box} as="li" key=${one.id} listStyleType="none" fontSize="sm">
      <${C.HStack} gap=${2} wrap="wrap">
        <${State} of=${one.withdrawn_at ? "withdrawn" : one.decision} />
        <span><b>${one.person}</b> as ${one.role}, ${moment(one.at)}</span>
        ${one.signed && html`<${C.Text} as="span" color="fg.muted">signed with their own key<//>`}
        ${one.expires_at && !one.withdrawn_at && html`<${C.Text} as="span" color="fg.muted">valid until ${day(one.expires_at)}<//>`}
        ${one.mine && !one.withdrawn_at && html`<${C.Button} size="2xs" variant="outline" onClick=${() => setAsked(one.id)}>Withdraw<//>`}
      <//>
      ${one.conditions.map((condition) => html`<${C.Text} key=${condition} color="fg.muted">Condition: ${condition}<//>`)}
      ${one.comment && html`<${C.Text} color="fg.muted" whiteSpace="pre-wrap">${one.comment}<//>`}
    <//>`)}
    ${asked !== null && html`<${ReasonDialog} title="Withdraw your decision" verb="Withdraw" close=${() => setAsked(null)} send=${withdraw}
      says="It stays on record as withdrawn, and the gate asks again for somebody in your role." />`}
  <//>`;
}
