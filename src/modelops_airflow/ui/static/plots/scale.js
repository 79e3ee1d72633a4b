// A linear scale from values to pixels; a range of no width is widened so that something shows.
export function scale(low, high, from, to) {
  const span = high - low || Math.abs(high) || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

// The ends of all finite values, thresholds included.
export function ends(values) {
  const finite = values.filter(Number.isFinite);
  return finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
}
