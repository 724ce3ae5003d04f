/** Bars on a logarithmic scale: the median, and the range of all rounds as a whisker. */

import { short } from "../rows/row.mjs";
import { fixed, line, logScale, svg, text, tickLabel } from "./svg.mjs";

/**
 * @typedef {object} Bar
 * @property {string} label
 * @property {import("../statistics.mjs").Summary} value
 * @property {boolean} isOurs
 */

const WIDTH = 760;
const NARROWEST = 180;
// How wide a letter of a label is, on average.
const LETTER = 7.2;
const RIGHT = WIDTH - 90;
const TOP = 44;
const STEP = 28;

/** @param {string} title @param {readonly Bar[]} bars @returns {string} An SVG file. */
export function barChart(title, bars) {
  const bottom = TOP + bars.length * STEP;
  const left = Math.max(NARROWEST, ...bars.map(({ label }) => 20 + label.length * LETTER));
  const scale = logScale(bars.flatMap(({ value }) => [value.low, value.high]), left, RIGHT);
  const grid = scale.ticks.flatMap((tick) => [
    line(scale.at(tick), TOP, scale.at(tick), bottom, "grid"),
    text(scale.at(tick), bottom + 16, tickLabel(tick), "small", "middle"),
  ]);
  const drawn = bars.flatMap((bar, index) => drawBar(bar, left, TOP + index * STEP, scale.at));
  return svg(WIDTH, bottom + 30, `${title} (logarithmic: less is better)`, [...grid, ...drawn]);
}

/** @param {Bar} bar @param {number} left @param {number} y @param {(value: number) => number} at */
function drawBar({ label, value, isOurs }, left, y, at) {
  const middle = y + STEP / 2;
  const end = at(value.median);
  return [
    text(left - 10, middle + 4, label, isOurs ? "bold" : "", "end"),
    `<rect x="${fixed(left)}" y="${fixed(y + 5)}" width="${fixed(end - left)}" height="${STEP - 10}" rx="2" class="${isOurs ? "ours" : "other"}"/>`,
    line(at(value.low), middle, at(value.high), middle, "whisker"),
    text(Math.max(end, at(value.high)) + 8, middle + 4, short(value.median), isOurs ? "bold" : ""),
  ];
}
