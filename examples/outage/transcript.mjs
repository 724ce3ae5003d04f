import { createHash } from "node:crypto";

const GREEN = "\u001b[32m";
const RED = "\u001b[31m";
const PLAIN = "\u001b[0m";

/** @param {string} text @param {string} colour */
function inColour(text, colour) {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? `${colour}${text}${PLAIN}` : text;
}

/** @param {string} text */
export function write(text) {
  process.stdout.write(`${text}\n`);
}

const WIDTH = 120;
const INDENT = " ".repeat(14);

/** A command as it was run, in lines that a shell reads as one. @param {readonly string[]} words */
export function commandLine(words) {
  let line = "      $      ";
  for (const word of words.map(quote)) {
    if (line.length + word.length + 3 > WIDTH) {
      write(`${line} \\`);
      line = `${INDENT} `;
    }
    line += ` ${word}`;
  }
  write(line);
}

/** As a shell has to be given it. @param {string} word */
function quote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** @param {string} label @param {string} text */
export function detail(label, text) {
  const [first = "", ...more] = text.trimEnd().split("\n");
  write(`      ${label.padEnd(7)} ${first}`);
  for (const line of more) write(`${INDENT}${line}`);
}

/** @param {string} promise @param {readonly string[]} broken */
export function verdict(promise, broken) {
  write(`      ${broken.length === 0 ? inColour("PASS", GREEN) : inColour("FAIL", RED)}    ${promise}`);
  for (const complaint of broken) write(`${INDENT}${complaint}`);
  write("");
}

/** A body in a few words: its size, its hash, and what it says that it is. @param {Buffer} body */
export function describeBody(body) {
  if (body.length === 0) return "nothing";
  const edition = /<subtitle>(.*)<\/subtitle>/.exec(body.toString())?.[1] ?? JSON.stringify(body.toString().slice(0, 60));
  const entries = body.toString().split("<entry>").length - 1;
  return `${edition}, ${entries} entries, ${body.length} bytes, sha256 ${sha256(body).slice(0, 16)}`;
}

/** @param {Buffer} body */
function sha256(body) {
  return createHash("sha256").update(body).digest("hex");
}
