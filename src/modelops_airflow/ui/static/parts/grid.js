// A table of ours: columns say how a row's cell is drawn. Wide tables scroll inside their own box.
import { ChakraUI as C, html } from "../host.js";

export function Grid({ columns, rows, rowKey, label, rowProps = () => ({}) }) {
  return html`<${C.Table.ScrollArea} borderWidth="1px" rounded="md">
    <${C.Table.Root} size="sm" aria-label=${label}>
      <${C.Table.Header}><${C.Table.Row} bg="bg.muted">
        ${columns.map(({ title, ...column }) => html`<${C.Table.ColumnHeader} key=${title} textAlign=${column.align}
          whiteSpace="nowrap" fontSize="xs" color="fg.muted">${title}<//>`)}
      <//><//>
      <${C.Table.Body}>
        ${rows.map((row) => html`<${C.Table.Row} key=${rowKey(row)} ...${rowProps(row)}>
          ${columns.map(({ title, cell, align, ...column }) => html`<${C.Table.Cell} key=${title} textAlign=${align}
            verticalAlign="top" ...${column}>${cell(row)}<//>`)}
        <//>`)}
      <//>
    <//>
  <//>`;
}
