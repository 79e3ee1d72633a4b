// How far the records of this set-up can be trusted, and who could still forge them.
import { ChakraUI as C, html } from "../host.js";
import { useData } from "../use_data.js";

const PALETTE = { L0: "orange", L1: "blue", L2: "green", L3: "green" };

export function Assurance() {
  const { data } = useData("summary", 60);
  const told = data?.assurance;
  if (!told) return null;
  return html`<details data-testid="assurance" style=${{ marginBottom: "0.75rem" }}>
    <summary>
      <${C.Badge} colorPalette=${PALETTE[told.level] ?? "gray"}>Assurance ${told.level}<//>
      <${C.Text} as="span" fontSize="sm" ml=${2}>${told.meaning}<//>
    </summary>
    <${C.Box} fontSize="sm" color="fg.muted" pl=${4} pb=${2}>
      <${C.Text} fontWeight="medium" mt=${2}>Could still forge records<//>
      <ul>${told.forgers.map((one) => html`<li key=${one}>${one}</li>`)}</ul>
      ${told.lacks.length > 0 && html`<${C.Text} fontWeight="medium" mt=${2}>What keeps it from the next level<//>
        <ul>${told.lacks.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
    <//>
  </details>`;
}
