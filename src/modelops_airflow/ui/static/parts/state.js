// A state as a word in a badge: the word carries the meaning, a sign and the colour repeat it.
import { ChakraUI as C, html } from "../host.js";
import { words } from "../words.js";

const LOOKS = {
  in_use: ["green", "●"], live: ["green", "●"], approved: ["green", "✓"], approve: ["green", "✓"], pass: ["green", "✓"],
  measured: ["gray", "✓"], done: ["gray", "✓"], active: ["green", "●"],
  waiting: ["blue", "…"], open: ["blue", "…"], validating: ["blue", "…"], intent: ["blue", "…"], publishing: ["blue", "…"],
  warned: ["orange", "!"], pending: ["orange", "…"], overdue: ["red", "!"],
  plan_agreed: ["blue", "…"], in_remediation: ["blue", "…"], ready_for_verification: ["purple", "?"], disputed: ["orange", "?"],
  risk_accepted: ["orange", "◐"], closed: ["green", "✓"],
  legacy: ["purple", "◐"], restricted: ["orange", "◐"], conditional: ["orange", "✓"], waived: ["orange", "◐"],
  requested: ["blue", "…"], proposed: ["blue", "…"], expired: ["red", "!"], revoked: ["red", "✕"], exited: ["gray", "✓"],
  suspended: ["orange", "‖"], withdrawn: ["gray", "‖"], void: ["gray", "∅"],
  fail: ["red", "✕"], rejected: ["red", "✕"], reject: ["red", "✕"], failed: ["red", "✕"], error: ["red", "!"],
  broken: ["red", "!"], denied: ["red", "✕"], critical: ["red", "!"], high: ["red", "!"], medium: ["orange", "!"],
};

export function State({ of, children, ...rest }) {
  const [palette, sign] = LOOKS[of] ?? ["gray", "○"];
  return html`<${C.Badge} colorPalette=${palette} variant="subtle" size="sm" flexShrink=${0} whiteSpace="nowrap" ...${rest}>
    <span aria-hidden="true">${sign}</span> ${children ?? words(of)}
  <//>`;
}
