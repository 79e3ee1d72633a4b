// My keys, and those of others that wait for a second person.
import { ChakraUI as C, html, useState } from "../host.js";
import { post } from "../api.js";
import { Grid } from "../parts/grid.js";
import { State } from "../parts/state.js";
import { Trouble } from "../parts/trouble.js";
import { useData } from "../use_data.js";
import { canPasskey, enrol } from "./passkey.js";

export function MyKeys() {
  const { data, reload } = useData("keys", 30);
  const [label, setLabel] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  if (!data?.person) return null;
  const act = async (what) => {
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
    reload();
  };
  const step = (key, name) => () => act(() => post(`keys/${key.fingerprint}/${name}`, {}));
  const button = (key, name, verb) => html`<${C.Button} size="2xs" variant="outline" disabled=${busy} onClick=${step(key, name)}>${verb}<//>`;
  const columns = [
    { title: "Person", cell: ({ person }) => person },
    { title: "Key", cell: ({ kind, label: told }) => `${kind}${told ? `, ${told}` : ""}` },
    { title: "State", cell: ({ state }) => html`<${State} of=${state} />` },
    { title: "Fingerprint", cell: ({ fingerprint }) => html`<${C.Code} size="sm" wordBreak="break-all">${fingerprint}<//>` },
    { title: "", cell: (key) => html`<${C.HStack} gap=${2}>
        ${key.person !== data.person && key.state === "pending" && button(key, "confirmation", "Confirm")}
        ${key.state !== "revoked" && button(key, "revocation", "Revoke")}
      <//>` },
  ];
  const rows = [...data.mine, ...data.others];
  const waits = data.others.some(({ state }) => state === "pending");
  return html`<${C.Box} as="details" mt=${6} open=${waits || undefined} data-testid="my-keys">
    <summary>Keys that sign decisions</summary>
    <${C.Text} fontSize="sm" color="fg.muted" my=${2}>
      A key counts once a second person of the control side has confirmed it. Compare the fingerprint with its holder before you confirm.
    <//>
    ${rows.length > 0 && html`<${Grid} label="Keys" columns=${columns} rows=${rows} rowKey=${({ fingerprint }) => fingerprint}
      rowProps=${({ person, kind }) => ({ "data-testid": `key-${person}-${kind}` })} />`}
    ${canPasskey()
      ? html`<${C.HStack} mt=${3} maxW="480px">
          <${C.Input} size="sm" aria-label="Name of the new passkey" placeholder="Name, such as: office laptop" maxLength=${200}
            value=${label} onChange=${(event) => setLabel(event.target.value)} />
          <${C.Button} size="sm" flexShrink=${0} loading=${busy} onClick=${() => act(() => enrol(label.trim()))}>Enrol a passkey<//>
        <//>`
      : html`<${C.Text} fontSize="sm" mt=${3}>This browser makes no passkeys here: they need HTTPS and a recent browser. Your own key file works with the command modelops keys enrol.<//>`}
    <${Trouble} error=${error} />
  <//>`;
}
