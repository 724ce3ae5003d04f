const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/** A duration for people, in its two largest units: `2h 13m`, `45s`, `0.3s`. */
export function showDuration(ms: number): string {
  if (ms < 9_950) return `${Number((ms / 1000).toFixed(1))}s`;
  let rest = Math.round(ms / 1000) * 1000;
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${name}`);
    else if (parts.length > 0) break; // never 3d 5s: only neighbouring units are shown
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** How long ago a time was, for people. A time ahead of the clock was just now. */
export function showAge(time: number): string {
  return showDuration(Math.max(0, Date.now() - time));
}
