// Moments in the time zone that the reader has chosen in Airflow, and how far away they are.
function zone() {
  try {
    const chosen = JSON.parse(localStorage.getItem("timezone") ?? '"UTC"');
    return new Intl.DateTimeFormat(undefined, { timeZone: chosen }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}

export function day(iso) {
  return iso ? new Intl.DateTimeFormat("sv-SE", { timeZone: zone(), dateStyle: "short" }).format(new Date(iso)) : "";
}

export function moment(iso) {
  const style = { timeZone: zone(), dateStyle: "short", timeStyle: "medium" };
  return iso ? new Intl.DateTimeFormat("sv-SE", style).format(new Date(iso)) : "";
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export function away(iso) {
  const seconds = (new Date(iso) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}
