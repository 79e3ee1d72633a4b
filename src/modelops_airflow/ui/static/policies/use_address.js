// The day, the pack and the text are in the address, so that what one sees can be sent to a colleague.
import { ReactRouterDOM as R } from "../host.js";

export function useAddress() {
  const [search, setSearch] = R.useSearchParams();
  const set = (changes) => setSearch((old) => {
    const changed = new URLSearchParams(old);
    for (const [name, value] of Object.entries(changes)) value ? changed.set(name, value) : changed.delete(name);
    return changed;
  }, { replace: true });
  const [on, pack, q] = ["on", "pack", "q"].map((name) => search.get(name) ?? "");
  return { on, pack, q, set };
}

export const policyPath = ({ model, on }) =>
  `/plugin/policies?${new URLSearchParams(Object.entries({ model, on }).filter(([, value]) => value))}`;
