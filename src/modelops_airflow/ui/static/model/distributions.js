// Histograms of a run's columns; asked for only when somebody opens them.
import { ChakraUI as C, html } from "../host.js";
import { Histogram } from "../plots/histogram.js";
import { BASELINE, CURRENT } from "../plots/colours.js";
import { Loading } from "../parts/loading.js";
import { Nothing } from "../parts/nothing.js";
import { Trouble } from "../parts/trouble.js";
import { useData } from "../use_data.js";

export function Distributions({ model, result }) {
  const { data, error, reload } = useData(`models/${encodeURIComponent(model)}/runs/${result.run}/results/${encodeURIComponent(result.step)}`);
  if (error) return html`<${Trouble} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} lines=${3} />`;
  if (data.histograms.length === 0) return html`<${Nothing} title="No profile is stored for this run">Distributions come with the profile step.<//>`;
  return html`<${C.Box} mt=${2}>
    <${C.HStack} gap=${4} mb=${3} fontSize="xs" color="fg.muted">
      <${Key} colour=${CURRENT} text="now (narrow bars)" /><${Key} colour=${BASELINE} text="baseline (wide bars behind)" />
    <//>
    <${C.Flex} gap=${6} wrap="wrap">
      ${data.histograms.map((one) => html`<${Histogram} key=${one.column} ...${one} />`)}
    <//>
  <//>`;
}

function Key({ colour, text }) {
  return html`<${C.HStack} gap=${1}><svg width="10" height="10" aria-hidden="true"><rect width="10" height="10" fill=${colour} /></svg>${text}<//>`;
}
