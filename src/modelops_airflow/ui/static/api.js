// The JSON API beside these files. The browser sends Airflow's cookie; the server decides what we may see.
const BASE = new URL("../api/v1/", import.meta.url);

export class ApiError extends Error {
  constructor(status, { code = "error", message = "the server gave no reason", next_step: nextStep = "" } = {}) {
    super(message);
    Object.assign(this, { status, code, nextStep });
  }
}

export const address = (path) => new URL(path, BASE).href;

export const get = (path, signal) => ask(path, { signal });

export const post = (path, body) =>
  ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });

async function ask(path, options) {
  const response = await fetch(address(path), { credentials: "same-origin", ...options });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error);
  return body;
}
