// Colours of the plots as Chakra's semantic tokens, so that both themes are right.
export const INK = "var(--chakra-colors-fg-muted)";
export const PAPER = "var(--chakra-colors-bg)";
export const FAINT = "var(--chakra-colors-border)";
export const BASELINE = "var(--chakra-colors-gray-solid)";
export const CURRENT = "var(--chakra-colors-blue-solid)";
export const BY_LEVEL = { warn: "var(--chakra-colors-orange-solid)", fail: "var(--chakra-colors-red-solid)" };

export const barColour = ({ verdict, warned }) => {
  if (verdict === "fail" || verdict === "error") return BY_LEVEL.fail;
  return warned ? BY_LEVEL.warn : CURRENT;
};
