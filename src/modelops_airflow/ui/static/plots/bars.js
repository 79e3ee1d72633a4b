// One bar for each judged row (a column's drift, a group's impact ratio) with its thresholds as lines.
import { ChakraUI as C, React, html } from "../host.js";
import { number, place } from "../words.js";
import { BY_LEVEL, FAINT, PAPER, barColour } from "./colours.js";
import { scale } from "./scale.js";

const WIDTH = 260, HEIGHT = 14;

export function Bars({ rows, title }) {
  const drawn = rows.filter(({ value }) => value !== null);
  const thresholds = uniqueThresholds(rows);
  const all = [...drawn.map(({ value }) => value), ...thresholds.map(({ value }) => value), 0];
  const x = scale(Math.min(...all), Math.max(...all) * 1.05, 0, WIDTH);
  return html`<${C.Box} as="figure" aria-label=${title}>
    <${C.Text} as="figcaption" fontSize="sm" fontWeight="medium" mb=${1}>${title}<//>
    <${C.Grid} templateColumns="minmax(90px, max-content) auto max-content" columnGap=${3} rowGap=${1} alignItems="center" width="fit-content">
      ${rows.map((row) => html`<${Row} key=${place(row.where)} row=${row} x=${x} thresholds=${thresholds} />`)}
    <//>
    <${Legend} thresholds=${thresholds} />
  <//>`;
}

function Row({ row, x, thresholds }) {
  const label = place(row.where) || "all rows";
  const verdict = row.warned && row.verdict === "pass" ? "warned" : row.verdict;
  return html`<${React.Fragment}>
    <${C.Text} fontSize="xs" maxW="220px" truncate title=${label}>${label}<//>
    <svg width=${WIDTH} height=${HEIGHT} role="img" aria-label=${`${label}: ${number(row.value)}, ${verdict}`}>
      <rect x="0" y="2" width=${WIDTH} height=${HEIGHT - 4} fill=${FAINT} opacity="0.35" />
      ${row.value !== null && html`<rect x=${Math.min(x(0), x(row.value))} y="2" width=${Math.max(1, Math.abs(x(row.value) - x(0)))}
        height=${HEIGHT - 4} fill=${barColour(row)} />`}
      ${thresholds.map(({ level, value }) => html`<line key=${`${level} casing`} x1=${x(value)} x2=${x(value)} y1="0" y2=${HEIGHT}
        stroke=${PAPER} strokeWidth="4" />`)}
      ${thresholds.map(({ level, value }) => html`<line key=${level} x1=${x(value)} x2=${x(value)} y1="0" y2=${HEIGHT}
        stroke=${BY_LEVEL[level]} strokeWidth="1.5" strokeDasharray=${level === "warn" ? "3 2" : "none"} />`)}
    </svg>
    <${C.Text} fontSize="xs" fontVariantNumeric="tabular-nums">
      ${row.value === null ? row.reason || "no value" : number(row.value)}${verdict === "pass" ? "" : ` ${verdict}`}
    <//>
  <//>`;
}

function Legend({ thresholds }) {
  if (thresholds.length === 0) return null;
  const told = thresholds.map(({ level, op, value }) => `${level === "warn" ? "dashed" : "solid"} line: ${level} ${op} ${value}`);
  return html`<${C.Text} fontSize="xs" color="fg.muted" mt=${1}>${told.join(" · ")}<//>`;
}

function uniqueThresholds(rows) {
  const found = new Map();
  for (const row of rows) for (const one of row.thresholds ?? []) found.set(`${one.level}${one.op}${one.value}`, one);
  return [...found.values()];
}
