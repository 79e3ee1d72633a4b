// A gate in three lines: what, where it stands, over which subject.
import { ChakraUI as C, html } from "../host.js";
import { Digest } from "../parts/digest.js";
import { Link, gatePath } from "../parts/link.js";
import { State } from "../parts/state.js";
import { Due } from "./due.js";
import { Needed } from "./needed.js";

export function GateSummary({ gate }) {
  return html`<${C.Flex} gap=${4} rowGap=${1} align="center" wrap="wrap">
    <${Link} to=${gatePath(gate.id)} fontWeight="medium">${gate.step}, version ${gate.version}<//>
    <${State} of=${gate.state} />
    <${Needed} roles=${gate.roles} />
    ${gate.state === "open" && html`<${Due} gate=${gate} />`}
    <${C.HStack} gap=${1} fontSize="sm" color="fg.muted">subject <${Digest} of=${gate.subject} /><//>
  <//>`;
}
