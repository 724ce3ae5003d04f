/** A number of bytes for people: `532`, `1.2K`, `15M`. */
export function showSize(bytes: number): string {
  let size = bytes;
  for (const unit of ["", "K", "M", "G"]) {
    if (size < 999.5 || unit === "G") return unit !== "" && size < 9.95 ? `${size.toFixed(1)}${unit}` : `${Math.round(size)}${unit}`;
    size /= 1024;
  }
  return String(bytes);
}

/** A count for people: `1,234`. */
export function showCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** So many of something: `1 key`, `1,234 keys`. */
export function countOf(count: number, what: string): string {
  return `${showCount(count)} ${what}${count === 1 ? "" : "s"}`;
}
