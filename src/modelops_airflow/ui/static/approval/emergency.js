// Release without approvals: for those whom governance names, with a reason, over the subject that this page shows.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { ReasonDialog } from "../model/reason_dialog.js";

export function Emergency({ gate, reload }) {
  const [asked, setAsked] = useState(false);
  if (!gate.may_break_glass) return null;
  const release = async (reason) => {
    await post(`models/${encodeURIComponent(gate.model_id)}/break-glass`, { version: gate.version, subject: gate.subject, reason });
    setAsked(false);
    reload();
  };
  return html`<${C.Box} mt=${4} pt=${3} borderTopWidth="1px" data-testid="emergency">
    <${C.Button} size="xs" colorPalette="red" variant="outline" onClick=${() => setAsked(true)}>Emergency release…<//>
    ${asked && html`<${ReasonDialog} title=${`Release ${gate.model_name} ${gate.version} without its approvals`} verb="Release now" close=${() => setAsked(false)} send=${release}
      says="It goes live at once under your name, with a critical finding. The approvals are due within days; if they do not come, or somebody rejects it, it is taken out of service." />`}
  <//>`;
}
