/** Draws what Prometheus has seen: panels below each other with one axis of time, as SVG. */

/** @typedef {import("./prometheus.mjs").Points} Points */
/** @typedef {{ readonly name: string, readonly colour: string, readonly points: Points }} Line */
/** @typedef {{ readonly from: number, readonly to: number, readonly colour: string, readonly text: string }} Band Epoch seconds. */
/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {readonly Line[]} lines
 * @property {(value: number) => string} unit
 * @property {{ readonly value: number, readonly text: string }} [threshold]
 * @property {Band} [alert] Drawn at the top.
 */

const WIDTH = 860;
const LEFT = 62;
const RIGHT = 16;
const TOP = 34;
const PLOT = 128;
const PANEL = 196;
const INK = "#24292f";
const FAINT = "#57606a";

/** @param {readonly Panel[]} panels @param {{ readonly from: number, readonly to: number, readonly outage: Band }} time @returns {string} */
export function chart(panels, time) {
  const height = panels.length * PANEL + 26;
  const x = (/** @type {number} */ at) => LEFT + ((at - time.from) / (time.to - time.from)) * (WIDTH - LEFT - RIGHT);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${panels.map((panel, index) => `<g transform="translate(0 ${index * PANEL})">\n${drawn(panel, x, time)}\n</g>`).join("\n")}
${ticksOfTime(time).map((seconds) => label(x(time.from + seconds), height - 12, clock(seconds), "middle")).join("\n")}
</svg>
`;
}

/** @param {Panel} panel @param {(at: number) => number} x @param {{ readonly from: number, readonly to: number, readonly outage: Band }} time */
function drawn({ title, lines, unit, threshold, alert }, x, { from, to, outage }) {
  const most = niceAbove(Math.max(threshold?.value ?? 0, ...lines.flatMap(({ points }) => points.map(([, value]) => value))));
  const y = (/** @type {number} */ value) => TOP + PLOT - (value / most) * (PLOT - 22);
  const steps = most === 3 ? [0, 1, 2, 3] : [0, most / 2, most];
  return [
    `<text x="${LEFT}" y="20" font-weight="600" font-size="13">${title}</text>`,
    legend(lines),
    `<rect x="${x(outage.from).toFixed(1)}" y="${TOP}" width="${(x(outage.to) - x(outage.from)).toFixed(1)}" height="${PLOT}" fill="${outage.colour}"/>`,
    ...steps.map((value) => `<path d="M${LEFT} ${y(value).toFixed(1)}H${WIDTH - RIGHT}" stroke="#d0d7de"/>${label(LEFT - 8, y(value) + 4, unit(value), "end")}`),
    alert === undefined ? label((x(outage.from) + x(outage.to)) / 2, TOP + 14, outage.text, "middle") : bandOf(alert, x),
    threshold === undefined
      ? ""
      : `<path d="M${x(from)} ${y(threshold.value).toFixed(1)}H${x(to).toFixed(1)}" stroke="#cf222e" stroke-dasharray="5 4"/>${label(x(from) + 6, y(threshold.value) - 5, threshold.text, "start")}`,
    ...lines.map(({ points, colour }) => `<path d="${path(points, x, y)}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`),
  ].join("\n");
}

/** Names of lines, ending at the right. @param {readonly Line[]} lines */
function legend(lines) {
  let start = WIDTH - RIGHT;
  const entries = lines.toReversed().map(({ name, colour }) => {
    start -= name.length * 6.2 + 34;
    return `<path d="M${start.toFixed(1)} 16h14" stroke="${colour}" stroke-width="3"/>${label(start + 19, 20, name, "start")}`;
  });
  return entries.join("\n");
}

/** @param {Band} band @param {(at: number) => number} x */
function bandOf({ from, to, colour, text }, x) {
  const middle = (x(from) + x(to)) / 2;
  return `<rect x="${x(from).toFixed(1)}" y="${TOP}" width="${(x(to) - x(from)).toFixed(1)}" height="18" rx="3" fill="${colour}"/><text x="${middle.toFixed(1)}" y="${TOP + 13}" text-anchor="middle" fill="#fff" font-weight="600">${text}</text>`;
}

/** @param {Points} points @param {(at: number) => number} x @param {(value: number) => number} y */
function path(points, x, y) {
  const drawable = points.filter(([, value]) => Number.isFinite(value));
  return drawable.map(([at, value], index) => `${index === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
}

/** @param {number} x @param {number} y @param {string} text @param {"start" | "middle" | "end"} anchor */
function label(x, y, text, anchor) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${FAINT}">${text}</text>`;
}

/** @param {{ readonly from: number, readonly to: number }} time */
function ticksOfTime({ from, to }) {
  const step = [1, 5, 15, 30, 60].find((seconds) => (to - from) / seconds < 10) ?? 300;
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => index * step);
}

/** Seconds as minutes and seconds. @param {number} seconds */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
}

/** @param {number} value */
function niceAbove(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 2, 3, 4, 6, 8].find((factor) => factor * power >= value) ?? 10) * power;
}
