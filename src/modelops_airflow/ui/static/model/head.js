// What the model is, where it stands, what is due next, and what one person may do: start, stop, go back.
import { ChakraUI as C, html } from "../host.js";
import { Digest } from "../parts/digest.js";
import { Facts } from "../parts/facts.js";
import { Link, gatePath, modelPath } from "../parts/link.js";
import { Problem } from "../parts/problem.js";
import { State } from "../parts/state.js";
import { away, day } from "../time.js";
import { plural, waiver, words } from "../words.js";
import { Actions } from "./actions.js";

export function Head({ page, reload }) {
  const { model, next_due: due, findings, problems } = page;
  const open = findings.filter(({ closed_at }) => !closed_at);
  return html`<${C.Box} mt=${1}>
    <${C.Flex} gap=${3} align="center" wrap="wrap">
      <${C.Heading} size="xl">${model.name}<//>
      <${State} of=${model.state} />
      ${model.waiting > 0 && model.state !== "waiting" && html`<${State} of="waiting">${plural(model.waiting, "approval")} waiting<//>`}
      <${C.Box} ml="auto"><${Actions} page=${page} reload=${reload} /><//>
    <//>
    <${C.Text} color="fg.muted" mb=${3}>${model.purpose}<//>
    <${Facts} of=${[
      ["Id", model.id], ["Tier", model.tier], ["Owner", model.owner], ["Team", model.team], ["Kind", model.kind],
      ["Champion", model.champion ?? (model.legacy ? "none released here" : "none in use")],
      ["Latest version", model.latest && model.latest.version !== model.champion && `${model.latest.version} (${words(model.latest.state)})`], ["Runs in", model.environment && `${model.environment} (${model.strength})`],
      ["Declared in use", model.legacy && `${model.legacy.environment}, version ${model.legacy.version}${model.legacy.since ? `, since ${model.legacy.since}` : ""}; declared here ${day(model.legacy.declared_at)}`],
      ["Declared bytes", model.legacy && (model.legacy.artifact ? html`<${Digest} of=${model.legacy.artifact} />` : "no digest declared")],
      ["Waiver", model.legacy && waiver(model.legacy)],
      ["Approved by", model.legacy ? "nobody: it was in use before it came here" : model.approved_by.map(({ person, role }) => `${person} (${role})`).join(", ")],
      ["Valid until", day(model.valid_until)], ["Due next", due && html`<${Due} due=${due} />`],
    ]} />
    ${model.reason && html`<${C.Text} fontSize="sm" mt=${2}>Reason of its state: ${model.reason}<//>`}
    ${!model.present && html`<${Note} status="warning" title="The file of this model is gone">Its row stays; put ${model.file} back or retire the model.<//>`}
    ${problems.length > 0 && html`<${Note} status="error" title="Its file has mistakes; the last valid one stays in force">
      <${C.Stack} as="ul" gap=${1}>${problems.map((one, index) => html`<${Problem} key=${index} of=${one} />`)}<//>
    <//>`}
    ${open.map((one) => html`<${Note} key=${one.id} status=${one.overdue || one.blocks === "use" ? "error" : "warning"} title=${`Finding, ${one.severity}: ${one.raised_by ? one.title : one.kind}`}>
      ${one.message} ${one.due_at && html`<${Link} to=${modelPath(model.id, "findings")}>${words(one.state)}, ${one.overdue ? "overdue, was due" : "due"} ${day(one.due_at)}<//>`}<//>`)}
  <//>`;
}

function Due({ due }) {
  const text = `${due.what}, ${due.overdue ? "overdue, was due" : "due"} ${away(due.at)}`;
  return due.gate ? html`<${Link} to=${gatePath(due.gate)}>${text}<//>` : html`<${C.Text} as="span" color=${due.overdue ? "fg.error" : undefined}>${text}<//>`;
}

function Note({ status, title, children }) {
  return html`<${C.Alert.Root} status=${status} mt=${3} size="sm">
    <${C.Alert.Indicator} /><${C.Alert.Content}><${C.Alert.Title}>${title}<//><${C.Alert.Description}>${children}<//><//>
  <//>`;
}
