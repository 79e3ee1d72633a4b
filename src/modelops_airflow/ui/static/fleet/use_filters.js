// The filters live in the address, so a filtered list can be sent to a colleague.
import { ReactRouterDOM as R } from "../host.js";

const NAMES = ["q", "tier", "state", "overdue"];

export function useFilters() {
  const [search, setSearch] = R.useSearchParams();
  const values = Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ""]));
  const set = (changes) => setSearch((old) => {
    const changed = new URLSearchParams(old);
    for (const [name, value] of Object.entries(changes)) value ? changed.set(name, value) : changed.delete(name);
    return changed;
  }, { replace: true });
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
  const clear = () => set(Object.fromEntries(NAMES.map((name) => [name, ""])));
  return { ...values, set, query, clear, any: query !== "" };
}
