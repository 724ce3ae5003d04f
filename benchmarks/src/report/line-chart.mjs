/** Curves, both scales logarithmic. */

import { fixed, line, logScale, svg, text, tickLabel } from "./svg.mjs";

/** @typedef {{ name: string, points: readonly { x: number, y: number }[] }} Curve */

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 60;
const RIGHT = WIDTH - 200;
const TOP = 44;
const BOTTOM = HEIGHT - 36;
const LABEL_HEIGHT = 17;

/** @param {string} title @param {readonly Curve[]} curves @returns {string} An SVG file. */
export function lineChart(title, curves) {
  const x = logScale(curves.flatMap(({ points }) => points.map((point) => point.x)), LEFT, RIGHT);
  const y = logScale(curves.flatMap(({ points }) => points.map((point) => point.y)), BOTTOM, TOP);
  const grid = [
    ...x.ticks.flatMap((tick) => [line(x.at(tick), TOP, x.at(tick), BOTTOM, "grid"), text(x.at(tick), BOTTOM + 18, tickLabel(tick), "small", "middle")]),
    ...y.ticks.flatMap((tick) => [line(LEFT, y.at(tick), RIGHT, y.at(tick), "grid"), text(LEFT - 8, y.at(tick) + 4, tickLabel(tick), "small", "end")]),
  ];
  const labels = labelPlaces(curves.map(({ points }) => y.at(points.at(-1)?.y ?? 1)));
  const drawn = curves.flatMap(({ name, points }, index) => {
    const places = points.map((point) => ({ x: x.at(point.x), y: y.at(point.y) }));
    return [
      `<path d="${places.map((place, first) => `${first === 0 ? "M" : "L"}${fixed(place.x)} ${fixed(place.y)}`).join(" ")}" class="line c${index % 6}"/>`,
      ...places.map((place) => `<circle cx="${fixed(place.x)}" cy="${fixed(place.y)}" r="3" class="c${index % 6}"/>`),
      text(RIGHT + 10, (labels[index] ?? 0) + 4, name, `c${index % 6}`),
    ];
  });
  return svg(WIDTH, HEIGHT, `${title} (both scales logarithmic)`, [...grid, ...drawn]);
}

/** Beside the ends of the curves, but never one over the other. @param {readonly number[]} ends @returns {number[]} */
function labelPlaces(ends) {
  const places = [...ends];
  const downwards = ends.map((_, index) => index).sort((a, b) => (ends[a] ?? 0) - (ends[b] ?? 0));
  let lowest = -Infinity;
  for (const index of downwards) {
    places[index] = Math.max(ends[index] ?? 0, lowest + LABEL_HEIGHT);
    lowest = places[index] ?? lowest;
  }
  return places;
}
