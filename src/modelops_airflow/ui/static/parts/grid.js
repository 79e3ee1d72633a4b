// A table of ours: columns say how a row's cell is drawn, `below` may add a line under the whole row.
// Wide tables scroll inside their own box.
import { ChakraUI as C, React, html } from "../host.js";

export function Grid({ columns, rows, rowKey, label, rowProps = () => ({}), below = () => null }) {
  return html`<${C.Table.ScrollArea} borderWidth="1px" rounded="md">
    <${C.Table.Root} size="sm" aria-label=${label}>
      <${C.Table.Header}><${C.Table.Row} bg="bg.muted">
        ${columns.map(({ title, ...column }) => html`<${C.Table.ColumnHeader} key=${title} textAlign=${column.align}
          whiteSpace="nowrap" fontSize="xs" color="fg.muted">${title}<//>`)}
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
      ${columns.map(({ title, cell, align, ...column }) => html`<${C.Table.Cell} key=${title} textAlign=${align}
        verticalAlign="top" ...${joined} ...${column}>${cell(row)}<//>`)}
    <//>
    ${under && html`<${C.Table.Row} bg=${props.bg}><${C.Table.Cell} colSpan=${columns.length} pt=${0}>${under}<//><//>`}
  <//>`;
}
