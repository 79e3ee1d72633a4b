// An error that names what to do next.
import { ChakraUI as C, html } from "../host.js";

export function Trouble({ error, retry }) {
  if (!error) return null;
  return html`<${C.Alert.Root} status="error" my=${2} role="alert" data-testid="trouble">
    <${C.Alert.Indicator} />
    <${C.Alert.Content}>
      <${C.Alert.Title}>${error.message}<//>
      ${error.nextStep && html`<${C.Alert.Description}>${error.nextStep}<//>`}
    <//>
    ${retry && html`<${C.Button} size="xs" variant="outline" onClick=${retry}>Try again<//>`}
  <//>`;
}
