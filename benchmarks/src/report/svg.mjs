/** What both kinds of chart are drawn with: plain SVG that follows the reader's colours, light or dark. */

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .small { font-size: 11px; fill: #57606a }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .whisker { stroke: #24292f; stroke-width: 1.5 }
  .other { fill: #8c959f } .ours { fill: #1a7f37 }
  .bold { font-weight: 600 }
  .line { fill: none; stroke-width: 2 }
  .c0 { stroke: #1a7f37; fill: #1a7f37 } .c1 { stroke: #0969da; fill: #0969da } .c2 { stroke: #bc4c00; fill: #bc4c00 }
  .c3 { stroke: #8250df; fill: #8250df } .c4 { stroke: #bf3989; fill: #bf3989 } .c5 { stroke: #6e7781; fill: #6e7781 }
  text.c0, text.c1, text.c2, text.c3, text.c4, text.c5 { stroke: none }
  path { fill: none !important }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #8b949e } .grid { stroke: #30363d } .whisker { stroke: #e6edf3 }
    .other { fill: #6e7681 } .ours { fill: #3fb950 }
    .c0 { stroke: #3fb950; fill: #3fb950 } .c1 { stroke: #58a6ff; fill: #58a6ff } .c2 { stroke: #ffa657; fill: #ffa657 }
    .c3 { stroke: #d2a8ff; fill: #d2a8ff } .c4 { stroke: #ff9bce; fill: #ff9bce } .c5 { stroke: #8b949e; fill: #8b949e }
  }`;

/** @param {number} width @param {number} height @param {string} title @param {readonly string[]} parts */
export function svg(width, height, title, parts) {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`;
  return [head, `<title>${escaped(title)}</title>`, `<style>${STYLE}\n</style>`, text(16, 24, title, "title"), ...parts, "</svg>", ""].join("\n");
}

/** @param {number} x @param {number} y @param {string} content @param {string} [classes] @param {"start" | "middle" | "end"} [anchor] */
export function text(x, y, content, classes = "", anchor = "start") {
  return `<text x="${fixed(x)}" y="${fixed(y)}" class="${classes}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} classes */
export function line(x1, y1, x2, y2, classes) {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" class="${classes}"/>`;
}

/**
 * A logarithmic scale over whole powers of ten that have room for all of the values.
 * @param {readonly number[]} values Greater than 0.
 * @param {number} from The place of the lower end.
 * @param {number} to
 * @returns {{ at: (value: number) => number, ticks: number[] }}
 */
export function logScale(values, from, to) {
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    at: (value) => from + ((Math.log10(value) - lowest) / (highest - lowest)) * (to - from),
    ticks: Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index)),
  };
}

/** 1,000 as 1k. @param {number} tick */
export function tickLabel(tick) {
  if (tick >= 1e6) return `${tick / 1e6}M`;
  return tick >= 1e3 ? `${tick / 1e3}k` : String(Number(tick.toPrecision(3)));
}

/** @param {string} content */
function escaped(content) {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** @param {number} place */
export function fixed(place) {
  return String(Number(place.toFixed(1)));
}
