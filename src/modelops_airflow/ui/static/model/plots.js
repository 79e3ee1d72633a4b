// Bars of drift by column and of impact ratio by group, and the distributions over the baseline's.
import { ChakraUI as C, html, useState } from "../host.js";
import { address } from "../api.js";
import { Bars } from "../plots/bars.js";
import { Distributions } from "./distributions.js";

const NO_CHECKS = ["scan-artifact", "profile"]; // of every other step with evidence there is a picture
const DRAWN = ["psi", "jensenshannon", "ks_distance", "wasserstein", "impact_ratio", "equal_opportunity_difference"];

export function Plots({ model, results }) {
  const [open, setOpen] = useState(false);
  const figures = results.flatMap(({ step, judgements }) =>
    DRAWN.map((metric) => ({ key: `${step}.${metric}`, title: `${step}: ${metric}`, rows: distinct(judgements.filter((one) => one.metric === metric)) }))
      .filter(({ rows }) => rows.length > 0));
  const profiled = results.find(({ uses, evidence }) => uses === "drift" && evidence) ?? results.find(({ evidence }) => evidence);
  const pictured = results.filter(({ uses, evidence }) => !NO_CHECKS.includes(uses) && evidence);
  if (figures.length === 0 && !profiled) return null;
  return html`<${C.Box} mt=${4}>
    <${C.Flex} gap=${8} rowGap=${5} wrap="wrap" align="start">
      ${figures.map(({ key, title, rows }) => html`<${Bars} key=${key} title=${title} rows=${rows} />`)}
    <//>
    ${profiled && html`<${C.Button} size="xs" variant="ghost" mt=${3} aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${open ? "Hide" : "Show"} distributions
    <//>`}
    ${pictured.length > 0 && html`<${C.Text} as="span" fontSize="xs" mt=${3} ml=${3}>pictures to take away:<//>`}
    ${pictured.map(({ step, run }) => html`<${C.Link} key=${step} fontSize="xs"
      color="fg.info" mt=${3} ml=${3} download href=${address(`models/${encodeURIComponent(model.id)}/runs/${run}/results/${encodeURIComponent(step)}/picture`)}>
      ${step} (SVG)
    <//>`)}
    ${results.flatMap(({ step, run, files }) => (files ?? []).map((name) => html`<${C.Link} key=${`${step}/${name}`} fontSize="xs"
      color="fg.info" mt=${3} ml=${3} download href=${address(`models/${encodeURIComponent(model.id)}/runs/${run}/results/${encodeURIComponent(step)}/files/${encodeURIComponent(name)}`)}>
      ${step}: ${name}
    <//>`))}
    ${open && html`<${Distributions} model=${model.id} result=${profiled} />`}
  <//>`;
}

// Several requirements may judge one row: it is drawn once, with the thresholds of all of them.
function distinct(rows) {
  const found = new Map();
  for (const row of rows) {
    const key = JSON.stringify(row.where);
    const known = found.get(key);
    found.set(key, known ? { ...known, thresholds: [...known.thresholds, ...row.thresholds] } : row);
  }
  return [...found.values()];
}
