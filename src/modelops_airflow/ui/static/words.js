// How values read: numbers to four digits, digests to twelve, states as words.
export const number = (value) => (value === null || value === undefined ? "no value" : String(Number(value.toPrecision(4))));

export const shortDigest = (digest) => (digest ? digest.replace("sha256:", "").slice(0, 12) : "");

export const place = (where) => Object.entries(where ?? {}).map(([key, value]) => `${key} = ${value}`).join(", ");

export const words = (state) => (state ?? "").replaceAll("_", " ");

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export const percent = (share) => `${Math.round(share * 100)} %`;
