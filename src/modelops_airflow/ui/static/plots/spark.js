// The last values of a check against its thresholds, the size of a word.
import { html } from "../host.js";
import { BY_LEVEL, CURRENT } from "./colours.js";
import { ends, scale } from "./scale.js";

const WIDTH = 64, HEIGHT = 18, EDGE = 3;

export function Spark({ values, thresholds = [], label }) {
  if (values.length === 0) return null;
  const limits = thresholds.map(({ value }) => value);
  const y = scale(...ends([...values, ...limits]), HEIGHT - EDGE, EDGE);
  const x = scale(0, Math.max(values.length - 1, 1), EDGE, WIDTH - EDGE);
  const at = values.length === 1 ? () => WIDTH - EDGE : x;
  const points = values.map((value, index) => `${at(index)},${y(value)}`).join(" ");
  return html`<svg width=${WIDTH} height=${HEIGHT} role="img" aria-label=${label} style=${{ display: "inline-block", verticalAlign: "middle" }}>
    ${thresholds.map(({ level, value }) => html`<line key=${level} x1="0" x2=${WIDTH} y1=${y(value)} y2=${y(value)}
      stroke=${BY_LEVEL[level]} strokeDasharray=${level === "warn" ? "2 2" : "none"} strokeWidth="1" />`)}
    <polyline points=${points} fill="none" stroke=${CURRENT} strokeWidth="1.5" />
    <circle cx=${at(values.length - 1)} cy=${y(values.at(-1))} r="2" fill=${CURRENT} />
  </svg>`;
}
