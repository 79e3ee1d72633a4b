// "Load more": pages after the first, which alone is refreshed; another query starts again.
import { useEffect, useState } from "../host.js";
import { get } from "../api.js";

export function useMore(first, query, what = "models") {
  const [more, setMore] = useState({ items: [], next: undefined });
  const [loadingMore, setLoading] = useState(false);
  const [error, setError] = useState(null);
  useEffect(() => setMore({ items: [], next: undefined }), [query]);

  const items = [...(first?.items ?? []), ...more.items];
  const next = more.next === undefined ? first?.next : more.next;
  const loadMore = async () => {
    setLoading(true);
    try {
      const page = await get(`${what}?${query}&after=${encodeURIComponent(next)}`);
      setMore({ items: [...more.items, ...page.items], next: page.next });
      setError(null);
    } catch (failure) {
      setError(failure);
    }
    setLoading(false);
  };
  return { items, next, loadMore, loadingMore, error };
}
