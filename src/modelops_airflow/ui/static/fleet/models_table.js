// The inventory as a table; a broken file is a red row with its located mistakes, and so is a model with a critical finding.
import { ChakraUI as C, html } from "../host.js";
import { Grid } from "../parts/grid.js";
import { Link, modelPath } from "../parts/link.js";
import { Problem } from "../parts/problem.js";
import { State } from "../parts/state.js";
import { away, day } from "../time.js";
import { plural, waiver } from "../words.js";
import { LastResult } from "./last_result.js";

const COLUMNS = [
  { title: "Model", wrap: true, cell: Name, minW: "150px" },
  { title: "Tier", cell: ({ tier }) => tier ?? "", align: "center" },
  { title: "Owner", wrap: true, cell: ({ owner }) => owner ?? "" },
  { title: "State", cell: States },
  { title: "Approved by", wrap: true, cell: Approved },
  { title: "Runs in", wrap: true, cell: RunsIn },
  { title: "Next review", wrap: true, cell: Review },
  { title: "Bias", wrap: true, cell: ({ last }) => html`<${LastResult} of=${last.bias} />` },
  { title: "Drift", wrap: true, cell: ({ last }) => html`<${LastResult} of=${last.drift} />` },
  { title: "Performance", wrap: true, cell: ({ last }) => html`<${LastResult} of=${last.performance} />` },
  { title: "Findings", cell: Findings },
  { title: "Fresh", wrap: true, cell: ({ fresh_at }) => html`<${C.Text} as="span" color="fg.muted" title=${fresh_at}>${away(fresh_at)}<//>` },
];

const rowProps = ({ id, problems, findings }) => ({
  "data-testid": `row-${id}`, bg: problems.length || findings.critical ? "bg.error" : undefined,
});

export function ModelsTable({ models }) {
  return html`<${Grid} label="Models" columns=${COLUMNS} rows=${models} rowKey=${({ id }) => id} rowProps=${rowProps} below=${Problems} />`;
}

function Problems({ id, problems }) {
  if (problems.length === 0) return null;
  return html`<${C.Stack} as="ul" gap=${1} color="fg.error" data-testid=${`problems-${id}`}>${problems.map((problem, index) => html`<${Problem} key=${index} of=${problem} />`)}<//>`;
}

function Name({ id, name, kind, version, present }) {
  return html`<${C.Box}>
    <${Link} to=${modelPath(id)} fontWeight="medium">${name || id}<//>
    <${C.Text} fontSize="xs" color="fg.muted">${[id, version, kind].filter(Boolean).join(" · ")}<//>
    ${!present && html`<${C.Text} fontSize="xs" color="fg.warning">${kind ? "its file is gone" : "no file describes it"}<//>`}
  <//>`;
}

function States({ state, waiting, failing, problems, reason, legacy }) {
  return html`<${C.Flex} gap=${1} direction="column" align="start">
    ${problems.length > 0 && html`<${State} of="broken" />`}
    ${!(problems.length && state === "no version") && html`<${State} of=${state} title=${reason} />`}
    ${legacy && html`<${C.Text} fontSize="xs" color=${legacy.standing === "waived" ? "fg.muted" : "fg.error"}>${waiver(legacy)}<//>`}
    ${waiting > 0 && state !== "waiting" && html`<${State} of="waiting">${plural(waiting, "approval")} waiting<//>`}
    ${failing.length > 0 && html`<${C.Text} fontSize="xs" color="fg.error">failing: ${failing.join(", ")}<//>`}
  <//>`;
}

function Approved({ approved_by, valid_until }) {
  if (approved_by.length === 0) return "";
  return html`<${C.Box}>
    ${approved_by.map(({ person, role }) => html`<${C.Text} key=${person} title=${role} whiteSpace="nowrap">${person}<//>`)}
    ${valid_until && html`<${C.Text} fontSize="xs" color="fg.muted" whiteSpace="nowrap">until ${day(valid_until)}<//>`}
  <//>`;
}

function RunsIn({ environment, strength, legacy }) {
  if (!environment) return legacy ? html`<${C.Box}>${legacy.environment}<${C.Text} fontSize="xs" color="fg.muted">as declared<//><//>` : "";
  return html`<${C.Box}>${environment}<${C.Text} fontSize="xs" color="fg.muted">${strength}<//><//>`;
}

function Review({ next_review, overdue }) {
  if (!next_review && overdue.length === 0) return "";
  const late = overdue.includes("review");
  return html`<${C.Box}>
    ${next_review && html`<${C.Text} whiteSpace="nowrap" color=${late ? "fg.error" : undefined}>${day(next_review)}<//>`}
    ${late && html`<${C.Text} fontSize="xs" color="fg.error">overdue, ${away(next_review)}<//>`}
    ${overdue.includes("approval") && html`<${C.Text} fontSize="xs" color="fg.error">approval overdue<//>`}
  <//>`;
}

function Findings({ findings, late_findings: late }) {
  const severities = Object.entries(findings);
  return html`<${C.Flex} gap=${1} direction="column" align="start">
    ${severities.map(([severity, count]) => html`<${State} key=${severity} of=${severity}>${count} ${severity}<//>`)}
    ${late.length > 0 && html`<${C.Text} fontSize="xs" color="fg.error">overdue: ${[...new Set(late)].join(", ")}<//>`}
  <//>`;
}
