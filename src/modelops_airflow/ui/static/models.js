// The page "Models": the inventory, or one model where the address names one.
import { ReactRouterDOM as R, html } from "./host.js";
import { Fleet } from "./fleet/fleet.js";
import { ModelPage } from "./model/model_page.js";

globalThis.Models = function Models() {
  const [search] = R.useSearchParams();
  const model = search.get("model");
  return model ? html`<${ModelPage} id=${model} />` : html`<${Fleet} />`;
};
