// The page "Policies": which models meet which packs on a day, or one model's controls where the address names one.
import { ReactRouterDOM as R, html } from "./host.js";
import { HeatMap } from "./policies/heat_map.js";
import { ModelControls } from "./policies/model_controls.js";

globalThis.Policies = function Policies() {
  const [search] = R.useSearchParams();
  const model = search.get("model");
  return model ? html`<${ModelControls} id=${model} />` : html`<${HeatMap} />`;
};
