// Counts with their denominators; each is a filter that can be switched on and off.
import { ChakraUI as C, html } from "../host.js";

const COUNTS = [
  ["in_use", "in use", "state", "in_use", "green"],
  ["restricted", "in restricted use", "state", "restricted", "orange"],
  ["legacy", "in use, legacy", "state", "legacy", "purple"],
  ["waiting", "waiting for approval", "state", "waiting", "blue"],
  ["overdue", "overdue", "overdue", "true", "red"],
  ["suspended", "suspended", "state", "suspended", "orange"],
  ["findings", "open findings", "state", "findings", "orange"],
  ["broken", "broken YAML", "state", "broken", "red"],
];

export function Strip({ counts, filters }) {
  return html`<${C.Flex} gap=${2} wrap="wrap" mb=${4} role="group" aria-label="Counts, each a filter">
    ${COUNTS.map(([key, label, name, value, palette]) => {
      const on = filters[name] === value;
      const total = key === "findings" ? "" : ` of ${counts.total}`;
      return html`<${C.Button} key=${key} variant=${on ? "subtle" : "outline"} colorPalette=${on ? palette : "gray"} h="auto" py=${2} px=${3}
        aria-pressed=${on} onClick=${() => filters.set({ [name]: on ? "" : value })} data-testid=${`count-${key}`}>
        <${C.Box} textAlign="left">
          <${C.Text} fontSize="lg" fontWeight="semibold" lineHeight="1.2" color=${counts[key] ? `${palette}.fg` : "fg.muted"}>
            ${counts[key]}<${C.Text} as="span" fontSize="xs" fontWeight="normal" color="fg.muted">${total}<//>
          <//>
          <${C.Text} fontSize="xs" fontWeight="normal" color="fg.muted">${label}<//>
        <//>
      <//>`;
    })}
  <//>`;
}
