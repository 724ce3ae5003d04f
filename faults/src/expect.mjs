/** What faults say of what they saw. */

import assert from "node:assert/strict";

/** @typedef {import("./oracle.mjs").GetNote} GetNote @typedef {import("./oracle.mjs").Note} Note */

/**
 * Every one of them was answered, and from there.
 * @param {readonly GetNote[]} notes
 * @param {"cache" | "loader" | "backup"} source
 */
export function allFrom(notes, source) {
  const others = notes.filter((note) => note.source !== source);
  assert.equal(others.length, 0, `${others.length} of ${notes.length} gets were not answered from the ${source}: ${JSON.stringify(others[0] ?? null).slice(0, 500)}`);
}

/** Every one of them got this error of the source. @param {readonly GetNote[]} notes @param {RegExp} message */
export function allFailed(notes, message) {
  const others = notes.filter(({ error }) => error === undefined || !error.own || !message.test(error.message));
  assert.equal(others.length, 0, `${others.length} of ${notes.length} gets did not get the error ${message}: ${JSON.stringify(others[0])}`);
}

/** How often it was told, by events of this name. @param {readonly Note[]} notes @param {string} event @param {RegExp} [message] */
export function told(notes, event, message = /(?:)/) {
  return notes.filter((note) => note.note === "event" && note.event === event && message.test(note.message ?? "")).length;
}

/** How many gets were answered from where. @param {readonly Note[]} notes */
export function sources(notes) {
  /** @type {Record<string, number>} */
  const counts = { cache: 0, loader: 0, backup: 0, errors: 0 };
  for (const note of notes) if (note.note === "get") counts[note.source ?? "errors"] = (counts[note.source ?? "errors"] ?? 0) + 1;
  return `${counts["cache"]} from the cache, ${counts["loader"]} loaded, ${counts["backup"]} from the backup, ${counts["errors"]} errors`;
}

/** @param {number} count @returns {string[]} */
export function keys(count) {
  return Array.from({ length: count }, (_, index) => `key ${index}`);
}
