// Models by packs, or by the controls of one pack: how each stood on a day.
import { ChakraUI as C, html, useEffect, useState } from "../host.js";
import { Grid } from "../parts/grid.js";
import { Link } from "../parts/link.js";
import { Loading } from "../parts/loading.js";
import { Nothing } from "../parts/nothing.js";
import { Trouble } from "../parts/trouble.js";
import { useMore } from "../fleet/use_more.js";
import { useData } from "../use_data.js";
import { DayField } from "./day_field.js";
import { Legend, paletteOf, signOf } from "./status.js";
import { policyPath, useAddress } from "./use_address.js";

export function HeatMap() {
  const address = useAddress();
  const query = new URLSearchParams(Object.entries({ on: address.on, q: address.q }).filter(([, value]) => value)).toString();
  const first = useData(`policies?${query}`, address.on ? 0 : 30);
  const { items, next, loadMore, loadingMore, error } = useMore(first.data, query, "policies");
  const packs = packsOf(items);
  return html`<${C.Box} p=${4} overflowY="auto" h="100%" data-testid="policies-page">
    <${C.Heading} size="xl" mb=${3}>Policies<//>
    <${C.Flex} gap=${3} mb=${3} wrap="wrap" align="center">
      <${DayField} on=${address.on} set=${address.set} at=${first.data?.at} />
      <${PackChoice} packs=${packs} pack=${address.pack} set=${address.set} />
      <${Search} q=${address.q} set=${address.set} />
      ${first.data && html`<${C.Text} ml="auto" fontSize="sm" color="fg.muted" aria-live="polite">${first.data.found} of ${first.data.total} models<//>`}
    <//>
    <${Legend} />
    <${Trouble} error=${first.error ?? error} retry=${first.reload} />
    ${items.length > 0 && packs.length === 0 && !next && !items.some(({ trouble }) => trouble) && html`<${C.Text} fontSize="sm" mb=${3} data-testid="no-packs">
      No model here names a policy pack with controls. Name packs under <code>policies</code> in a model file, or in governance.yaml for every model; the house's own rules are in every plan.
    <//>`}
    ${!first.data && !first.error && html`<${Loading} lines=${6} />`}
    ${first.data && (items.length > 0 ? html`<${Grid} label="Policies" columns=${columns(packs, address)} rows=${items} rowKey=${({ id }) => id} rowProps=${rowProps} />`
      : html`<${Nothing} title="No model">Widen the text; a model appears here once its file was applied.<//>`)}
    ${next && html`<${C.Button} mt=${3} size="sm" variant="outline" loading=${loadingMore} onClick=${loadMore}>Load more<//>`}
  <//>`;
}

const rowProps = ({ id }) => ({ "data-testid": `policies-${id}` });

function packsOf(items) {
  const found = new Map();
  for (const { packs } of items) for (const [name, cell] of Object.entries(packs)) if (!found.has(name)) found.set(name, cell);
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1));
}

function columns(packs, { on, pack }) {
  const model = { title: "Model", minW: "170px", wrap: true, cell: (row) => html`<${Model} row=${row} on=${on} />` };
  if (!pack) return [model, ...packs.map(([name, { draft }]) => ({ title: draft ? `${name} (draft)` : name, wrap: true, align: "center", px: 1, cell: (row) => html`<${PackCell} row=${row} name=${name} on=${on} />` }))];
  return [model, ...controls(packs, pack).map((control) => ({ title: control, wrap: true, align: "center", px: 1, cell: (row) => html`<${ControlCell} row=${row} pack=${pack} control=${control} on=${on} />` }))];
}

const controls = (packs, pack) => Object.keys(packs.find(([name]) => name === pack)?.[1].controls ?? {});

function Model({ row, on }) {
  return html`<${C.Box}>
    <${Link} to=${policyPath({ model: row.id, on })} fontWeight="medium">${row.name || row.id}<//>
    <${C.Text} fontSize="xs" color="fg.muted">${[row.id, row.version, row.tier && `tier ${row.tier}`, row.in_use.length ? `in ${row.in_use.join(", ")}` : "not in use"].filter(Boolean).join(" · ")}<//>
    ${row.trouble && html`<${C.Text} fontSize="xs" color="fg.error">${row.trouble}<//>`}
  <//>`;
}

function PackCell({ row, name, on }) {
  const cell = row.packs[name];
  if (!cell) return row.trouble ? html`<${Cell} row=${row} on=${on} status="not known" title=${row.trouble}>not known<//>` : "";
  if (cell.answer === "not asked") return html`<${Cell} row=${row} on=${on} status="not asked" title=${`${cell.standing}${cell.why ? `: ${cell.why}` : ""}`}>${cell.standing === "applies" ? "not applicable" : cell.standing}<//>`;
  const met = (cell.counts.satisfied ?? 0) + (cell.counts.waived ?? 0);
  const all = Object.values(cell.counts).reduce((sum, number) => sum + number, 0);
  const status = cell.answer === "not known" ? "not known" : cell.worst;
  const title = `${name}, version ${cell.version}: ${Object.entries(cell.counts).map(([word, number]) => `${number} ${word}`).join(", ")}`;
  return html`<${Cell} row=${row} on=${on} status=${status} draft=${cell.draft} title=${title}>${met} of ${all}${cell.draft ? ", draft" : ""}<//>`;
}

function ControlCell({ row, pack, control, on }) {
  const one = row.packs[pack]?.controls[control];
  if (!one) return row.trouble ? html`<${Cell} row=${row} on=${on} status="not known" title=${row.trouble}>not known<//>` : "";
  return html`<${Cell} row=${row} on=${on} status=${one.status} draft=${row.packs[pack].draft} title=${one.why}>${one.status}${row.packs[pack].draft ? ", draft" : ""}<//>`;
}

function Cell({ row, on, status, draft = false, title, children }) {
  return html`<${Link} to=${policyPath({ model: row.id, on })} title=${title} display="block" textDecoration="none" aria-label=${`${row.id}: ${status}. ${title}`}>
    <${C.Box} colorPalette=${paletteOf(status, draft)} bg="colorPalette.subtle" color="colorPalette.fg" rounded="sm" px=${2} py=${1.5} minW="76px"
      borderWidth="1px" borderStyle=${draft ? "dashed" : "solid"} borderColor=${draft ? "colorPalette.fg" : "transparent"} data-status=${status}>
      <${C.Text} fontSize="md" fontWeight="bold" lineHeight="1"><span aria-hidden="true">${signOf(status)}</span><//>
      <${C.Text} fontSize="xs" lineHeight="1.3">${children}<//>
    <//>
  <//>`;
}

function PackChoice({ packs, pack, set }) {
  const names = [...new Set([...packs.map(([name]) => name), ...(pack ? [pack] : [])])];
  return html`<${C.NativeSelect.Root} size="sm" width="220px">
    <${C.NativeSelect.Field} aria-label="Pack" value=${pack} onChange=${(event) => set({ pack: event.target.value })}>
      <option value="">All packs</option>
      ${names.map((name) => html`<option key=${name} value=${name}>Controls of ${name}</option>`)}
    <//>
    <${C.NativeSelect.Indicator} />
  <//>`;
}

function Search({ q, set }) {
  const [text, setText] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => text !== q && set({ q: text }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<${C.Input} size="sm" maxW="220px" type="search" placeholder="Search models" aria-label="Search models" value=${text} onChange=${(event) => setText(event.target.value)} />`;
}
