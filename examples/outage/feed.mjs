import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * @typedef {object} DecisionRecord
 * @property {string} name
 * @property {string} title
 * @property {string} text
 * @property {Date} updated
 */

/**
 * Decision records, as they are on the disk.
 * @param {string} directory
 * @returns {Promise<DecisionRecord[]>}
 */
export async function readRecords(directory) {
  const names = (await readdir(directory)).filter((name) => /^\d{3}-.*\.md$/.test(name)).sort();
  if (names.length === 0) throw new Error(`there is no decision record in ${directory}`);
  return await Promise.all(names.map((name) => readRecord(directory, name)));
}

/**
 * @param {string} directory
 * @param {string} name
 * @returns {Promise<DecisionRecord>}
 */
async function readRecord(directory, name) {
  const file = join(directory, name);
  const text = await readFile(file, "utf8");
  const title = /^#\s+(.+)$/m.exec(text)?.[1] ?? name;
  return { name, title, text, updated: (await stat(file)).mtime };
}

/**
 * An Atom feed (RFC 4287) of decision records.
 * @param {readonly DecisionRecord[]} records
 * @param {number} edition Counts from 1: a newer edition differs in what it says of itself.
 * @returns {Buffer}
 */
export function atomFeed(records, edition) {
  const lastChange = Math.max(...records.map((record) => record.updated.getTime()));
  const updated = new Date(lastChange + edition * 1000);
  return Buffer.from(`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:lastgood:decisions</id>
  <title>Decisions</title>
  <subtitle>Edition ${edition}</subtitle>
  <author><name>lastgood</name></author>
  <updated>${updated.toISOString()}</updated>
${records.map(entry).join("")}</feed>
`);
}

/** @param {DecisionRecord} record */
function entry({ name, title, text, updated }) {
  return `  <entry>
    <id>urn:lastgood:decisions:${escape(name)}</id>
    <title>${escape(title)}</title>
    <updated>${updated.toISOString()}</updated>
    <content type="text">${escape(text)}</content>
  </entry>
`;
}

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
