// Versions with their artifacts, and where each was deployed.
import { ChakraUI as C, html } from "../host.js";
import { Digest } from "../parts/digest.js";
import { Grid } from "../parts/grid.js";
import { Nothing } from "../parts/nothing.js";
import { State } from "../parts/state.js";
import { moment } from "../time.js";
import { Crossed } from "./crossed.js";

const VERSIONS = [
  { title: "Version", cell: ({ version }) => version },
  { title: "State", cell: ({ state }) => html`<${State} of=${state} />` },
  { title: "Reason", cell: ({ reason }) => reason },
  { title: "Artifact", cell: ({ artifact, artifact_name }) => html`<${C.HStack}><${Digest} of=${artifact} /> ${artifact_name}<//>` },
  { title: "Kind", cell: ({ kind }) => kind },
  { title: "Registered", cell: ({ registered_at, registered_by }) => `${moment(registered_at)} by ${registered_by}` },
  { title: "Authors", cell: ({ authors }) => [...new Set(authors.map(([name]) => name))].join(", ") },
];

const DEPLOYMENTS = [
  { title: "Environment", cell: ({ environment }) => environment },
  { title: "Version", cell: ({ version }) => version },
  { title: "State", cell: ({ state, trial }) => html`<${C.HStack}><${State} of=${state} />${trial && html`<${C.Text} fontSize="xs">${trial}<//>`}<//>` },
  { title: "Cause", cell: ({ cause }) => cause },
  { title: "Target", cell: ({ target, strength }) => `${target} (${strength})` },
  { title: "Fence", align: "right", cell: ({ epoch }) => epoch },
  { title: "Read back", cell: ({ observed, observed_at }) => html`<${C.HStack}><${Digest} of=${observed} /> ${moment(observed_at)}<//>` },
  { title: "Since", cell: ({ at }) => moment(at) },
];

export function Versions({ page }) {
  if (page.versions.length === 0) return html`<${C.Stack} gap=${5}>
    <${Nothing} title="No version yet">The first task of a release registers the version.<//>
    <${Crossed} page=${page} />
  <//>`;
  return html`<${C.Stack} gap=${5}>
    <${Grid} label="Versions" columns=${VERSIONS} rows=${page.versions} rowKey=${({ id }) => id} />
    <${C.Heading} size="md">Deployments<//>
    ${page.deployments.length > 0
      ? html`<${Grid} label="Deployments" columns=${DEPLOYMENTS} rows=${page.deployments} rowKey=${({ id }) => id} />`
      : html`<${Nothing} title="Never deployed">A version is deployed when its checks and approvals allow it.<//>`}
    <${Crossed} page=${page} />
  <//>`;
}
