// What is to be put right: how each finding stands, by when, what comes next, and what I may do about it.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { Facts } from "../parts/facts.js";
import { Nothing } from "../parts/nothing.js";
import { State } from "../parts/state.js";
import { away, day, moment } from "../time.js";
import { ActDialog } from "./act_dialog.js";
import { FindingHistory, Saying } from "./finding_history.js";
import { OpenFinding } from "./open_finding.js";

const LABELS = {
  dispute: "Dispute", withdraw: "Withdraw", uphold: "Uphold", plan: "Propose a plan", start: "Start work", "hand-in": "Hand in evidence",
  close: "Verify and close", return: "Return", "accept-risk": "Accept the risk", extend: "Extend",
};

const MOST_DOUBTS = 10;

export function Findings({ page, reload }) {
  const [asked, setAsked] = useState(null);
  const { model, findings, doubts, why_not: whyNot } = page;
  const open = findings.filter(({ closed_at }) => !closed_at);
  const over = findings.filter(({ closed_at }) => closed_at);
  const act = async (finding, body) => { await post(`findings/${finding.id}/acts`, body); setAsked(null); reload(); };
  const raise = async (body) => { await post(`models/${encodeURIComponent(model.id)}/findings`, body); setAsked(null); reload(); };
  const shown = (finding) => html`<${Finding} key=${finding.id} of=${finding} ask=${(verb) => setAsked({ finding, verb })} act=${act} />`;
  return html`<${C.Stack} gap=${4} data-testid="findings">
    <${C.Flex} gap=${3} align="center" wrap="wrap">
      <${C.Button} size="sm" variant="outline" disabled=${Boolean(whyNot.finding)} title=${whyNot.finding || undefined} onClick=${() => setAsked({ verb: "open" })}>Open a finding<//>
      ${whyNot.finding && html`<${C.Text} fontSize="xs" color="fg.muted">${whyNot.finding}<//>`}
    <//>
    <${Doubts} of=${doubts} />
    ${findings.length === 0 && html`<${Nothing} title="No finding yet">What people of the control side or the machines find wrong is here, with who mends it by when.<//>`}
    ${open.map(shown)}
    ${over.length > 0 && html`<details><summary><${C.Text} as="span" fontSize="sm">${over.length} over<//></summary><${C.Stack} gap=${4} mt=${3}>${over.map(shown)}<//></details>`}
    ${asked?.verb === "open" && html`<${OpenFinding} model=${model} send=${raise} close=${() => setAsked(null)} />`}
    ${asked?.finding && html`<${ActDialog} verb=${asked.verb} label=${LABELS[asked.verb]} finding=${asked.finding} send=${(body) => act(asked.finding, body)} close=${() => setAsked(null)} />`}
  <//>`;
}

// What the ledger says of findings and nobody can read, or the rules do not permit: somebody tried something.
function Doubts({ of }) {
  if (of.length === 0) return null;
  return html`<${C.Alert.Root} status="warning" data-testid="doubts">
    <${C.Alert.Indicator} />
    <${C.Alert.Content}>
      <${C.Alert.Title}>The ledger says ${of.length === 1 ? "something" : `${of.length} things`} of its findings that changes nothing<//>
      <${C.Alert.Description}>
        ${of.slice(0, MOST_DOUBTS).map((doubt, place) => html`<${C.Text} key=${place} fontSize="sm">${doubt}<//>`)}
        ${of.length > MOST_DOUBTS && html`<${C.Text} fontSize="sm">and ${of.length - MOST_DOUBTS} more<//>`}
        <${C.Text} fontSize="sm">The tab Log has the login that told of it; ask who uses that.<//>
      <//>
    <//>
  <//>`;
}

function Finding({ of, ask, act }) {
  const [error, setError] = useState(null);
  const { proposal, acts } = of;
  const agreeable = proposal && !proposal.mine && acts.some(({ act: verb, why_not: why }) => verb === proposal.act && !why);
  const agree = async () => {
    try { await act(of, { act: proposal.act, agree: proposal.terms }); } catch (failure) { setError(failure.message); }
  };
  return html`<${C.Box} borderWidth="1px" borderColor=${of.overdue || of.blocks === "use" ? "border.error" : undefined} rounded="md" p=${4} data-testid=${`finding-${of.id}`}>
    <${C.Flex} gap=${2} align="center" wrap="wrap" mb=${2}>
      <${C.Heading} size="sm">${of.title}<//>
      <${State} of=${of.severity} /><${State} of=${of.state} />
      ${of.overdue && html`<${State} of="overdue" />`}
      ${of.plan_overdue && html`<${State} of="overdue">plan overdue<//>`}
      ${of.blocks && html`<${C.Text} fontSize="xs" color="fg.error">${of.blocks === "use" ? "nothing new goes live" : "holds approvals up"}<//>`}
    <//>
    <${C.Text} fontSize="sm" mb=${3}>${of.message}<//>
    <${Facts} of=${[
      ["No.", of.id], ["Owner", of.owner], ["Opened", day(of.opened_at)], ["Opened by", of.raised_by ?? "a machine that observes it"],
      ["Due", of.due_at && !of.closed_at && html`<${C.Text} as="span" color=${of.overdue ? "fg.error" : undefined}>${day(of.due_at)}, ${away(of.due_at)}<//>`],
      ["Risk accepted until", day(of.expires_at)], ["Next", of.next_step], ["Ended", of.closed_at && `${of.ended}, ${moment(of.closed_at)}`],
    ]} />
    ${proposal && html`<${C.Box} mt=${3} p=${3} bg="bg.muted" rounded="md" data-testid="proposal">
      <${C.Text} fontSize="sm" fontWeight="medium">${proposal.by} proposed: ${LABELS[proposal.act].toLowerCase()}<//>
      <${Saying} of=${proposal} />
      ${agreeable && html`<${C.Button} size="xs" mt=${2} colorPalette="green" onClick=${agree}>Agree to this<//>`}
      ${error && html`<${C.Text} fontSize="sm" color="fg.error">${error}<//>`}
    <//>`}
    <${Buttons} acts=${acts} ask=${ask} />
    <${FindingHistory} of=${of.history} />
  <//>`;
}

function Buttons({ acts, ask }) {
  if (acts.length === 0) return null;
  const mine = acts.filter(({ why_not: why }) => !why);
  const others = acts.filter(({ why_not: why }) => why);
  return html`<${C.Box} mt=${3}>
    <${C.Flex} gap=${2} wrap="wrap">
      ${mine.map(({ act }) => html`<${C.Button} key=${act} size="xs" variant="outline" onClick=${() => ask(act)}>${LABELS[act]}<//>`)}
    <//>
    ${others.length > 0 && html`<${C.Box} fontSize="xs" color="fg.muted" mt=${1} data-testid="why-no-act">
      ${others.map(({ act, why_not: why }) => html`<${C.Text} key=${act}>${LABELS[act]}: ${why}<//>`)}
    <//>`}
  <//>`;
}
