// A table of ours: columns say how a row's cell is drawn, `below` may add a line under the whole row.
// A column with `wrap` breaks its lines where the table would be wider than its box. What is wider still scrolls inside
// the box, whose bar is always there to be seen.
import { ChakraUI as C, React, html } from "../host.js";

const BAR = {
  "&::-webkit-scrollbar": { height: "10px" },
  "&::-webkit-scrollbar-thumb": { background: "var(--chakra-colors-border-emphasized)", borderRadius: "5px" },
};

export function Grid({ columns, rows, rowKey, label, rowProps = () => ({}), below = () => null }) {
  return html`<${C.Table.ScrollArea} borderWidth="1px" rounded="md" tabIndex=${0} css=${BAR}>
    <${C.Table.Root} size="sm" aria-label=${label}>
      <${C.Table.Header}><${C.Table.Row} bg="bg.muted">
        ${columns.map(({ title, ...column }) => html`<${C.Table.ColumnHeader} key=${title} textAlign=${column.align}
          whiteSpace=${column.wrap ? "normal" : "nowrap"} verticalAlign="bottom" fontSize="xs" color="fg.muted">${title}<//>`)}
      <//><//>
      <${C.Table.Body}>
        ${rows.map((row) => html`<${Line} key=${rowKey(row)} columns=${columns} row=${row} props=${rowProps(row)} under=${below(row)} />`)}
      <//>
    <//>
  <//>`;
}

function Line({ columns, row, props, under }) {
  const joined = under ? { borderBottomWidth: 0 } : {};
  return html`<${React.Fragment}>
    <${C.Table.Row} ...${props}>
      ${columns.map(({ title, cell, align, wrap, ...column }) => html`<${C.Table.Cell} key=${title} textAlign=${align}
        verticalAlign="top" whiteSpace=${wrap ? "normal" : undefined} ...${joined} ...${column}>${cell(row)}<//>`)}
    <//>
    ${under && html`<${C.Table.Row} bg=${props.bg}><${C.Table.Cell} colSpan=${columns.length} pt=${0}>${under}<//><//>`}
  <//>`;
}
