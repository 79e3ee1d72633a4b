// Reads a path of the API and, where asked, reads it again every few seconds while the page is visible.
import { useCallback, useEffect, useRef, useState } from "./host.js";
import { get } from "./api.js";

export function useData(path, everySeconds = 0) {
  const [state, setState] = useState({ path: null, data: null, error: null });
  const latest = useRef(0);

  const load = useCallback(async () => {
    const turn = ++latest.current;
    try {
      const data = await get(path);
      if (turn === latest.current) setState({ path, data, error: null });
    } catch (error) {
      if (turn === latest.current) setState((old) => ({ path, data: old.path === path ? old.data : null, error }));
    }
  }, [path]);

  useEffect(() => {
    load();
    const tick = () => document.visibilityState === "visible" && load();
    const timer = everySeconds ? setInterval(tick, everySeconds * 1000) : 0;
    return () => { latest.current++; clearInterval(timer); };
  }, [load, everySeconds]);

  return { data: state.data, error: state.error, loading: state.path !== path, reload: load };
}
