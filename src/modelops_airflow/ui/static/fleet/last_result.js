// The worst value of a check's last result, its history, and which row it is of.
import { ChakraUI as C, html } from "../host.js";
import { Spark } from "../plots/spark.js";
import { number, place } from "../words.js";

export function LastResult({ of }) {
  if (!of) return html`<${C.Text} color="fg.muted" fontSize="xs">not measured<//>`;
  const bad = of.verdict === "fail" || of.verdict === "error";
  const word = bad ? of.verdict : of.warned ? "warned" : "";
  const rule = of.thresholds.map(({ level, op, value }) => `${level} ${op} ${value}`).join(", ");
  const label = [of.metric, place(of.where), number(of.value), word, rule, of.reason].filter(Boolean).join(", ");
  return html`<${C.Box} title=${label}>
    <${C.HStack} gap=${2} wrap="wrap" rowGap=${0}>
      <${C.Text} as="span" whiteSpace=${{ base: "normal", xl: "nowrap" }} fontVariantNumeric="tabular-nums" color=${bad ? "fg.error" : of.warned ? "fg.warning" : undefined}
        fontWeight=${word ? "semibold" : undefined}>${of.value === null ? "" : number(of.value)}${word && ` ${word}`}<//>
      <${Spark} values=${of.history} thresholds=${of.thresholds} label=${`last values of ${label}`} />
    <//>
    <${C.Text} fontSize="xs" color="fg.muted" maxW=${{ base: "72px", xl: "130px" }} truncate>${[of.metric, place(of.where)].filter(Boolean).join(", ")}<//>
  <//>`;
}
