// How values read: numbers to four digits, digests to twelve, states as words.
export const number = (value) => (value === null || value === undefined ? "no value" : String(Number(value.toPrecision(4))));

export const shortDigest = (digest) => (digest ? digest.replace("sha256:", "").slice(0, 12) : "");

export const place = (where) => Object.entries(where ?? {}).map(([key, value]) => `${key} = ${value}`).join(", ");

export const words = (state) => ({ legacy: "in use, legacy", conditional: "conditionally approved" })[state] ?? (state ?? "").replaceAll("_", " ");

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export const percent = (share) => `${Math.round(share * 100)} %`;

// How the waiver of a legacy model stands: it approves nothing, and ends with its day.
export const waiver = ({ standing, until, accepted_by: by }) => ({
  waived: `waiver until ${until}, accepted by ${by}`, asked: `waiver until ${until} not accepted`, none: "no waiver",
  expired: `waiver ended with ${until}`, revoked: "waiver revoked",
})[standing];
