// A column's distribution laid over the baseline's, as shares of rows.
import { ChakraUI as C, html } from "../host.js";
import { percent } from "../words.js";
import { BASELINE, CURRENT, INK } from "./colours.js";
import { scale } from "./scale.js";

const WIDTH = 260, HEIGHT = 90, FOOT = 14;

export function Histogram({ column, bins, current, baseline }) {
  const highest = Math.max(...current, ...(baseline ?? []), 0.0001);
  const y = scale(0, highest, HEIGHT - FOOT, 4);
  const step = WIDTH / current.length;
  const told = bins.map((bin, index) => `${bin}: ${percent(current[index])}` +
    (baseline ? `, baseline ${percent(baseline[index])}` : "")).join("; ");
  return html`<${C.Box} as="figure">
    <${C.Text} as="figcaption" fontSize="sm" fontWeight="medium" maxW=${`${WIDTH}px`} truncate title=${column}>${column}<//>
    <svg width=${WIDTH} height=${HEIGHT} role="img" aria-label=${`${column}: ${told}`}>
      ${baseline?.map((share, index) => html`<rect key=${`b${index}`} x=${index * step + 1} width=${Math.max(step - 2, 1)}
        y=${y(share)} height=${HEIGHT - FOOT - y(share)} fill=${BASELINE} opacity="0.35"><title>${bins[index]}: baseline ${percent(share)}</title></rect>`)}
      ${current.map((share, index) => html`<rect key=${`c${index}`} x=${index * step + step * 0.2} width=${Math.max(step * 0.6, 1)}
        y=${y(share)} height=${HEIGHT - FOOT - y(share)} fill=${CURRENT} opacity="0.85"><title>${bins[index]}: ${percent(share)}</title></rect>`)}
      <line x1="0" x2=${WIDTH} y1=${HEIGHT - FOOT} y2=${HEIGHT - FOOT} stroke=${INK} strokeWidth="1" />
      <text x="0" y=${HEIGHT - 3} fontSize="10" fill=${INK}>${bins[0]}</text>
      <text x=${WIDTH} y=${HEIGHT - 3} fontSize="10" fill=${INK} textAnchor="end">${bins.length > 1 ? bins.at(-1) : ""}</text>
    </svg>
  <//>`;
}
