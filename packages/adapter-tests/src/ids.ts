const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789_-";

/** Ids that every adapter has to tell apart: 1 to 100 characters of `a-z 0-9 _ -`. */
export const IDS: readonly string[] = [
  ...ALPHABET,
  "__proto__",
  "constructor",
  "a-b",
  "a_b",
  "ab",
  "a--b",
  // Names that some file systems keep for themselves, and words that some commands take for something else.
  "con",
  "nul",
  "--all",
  "null",
  "undefined",
  "0",
  "00",
  "1e3",
  "1000",
  "x".repeat(100),
  // Differ in the last character alone: a store that cuts ids takes them for one.
  `${"y".repeat(99)}1`,
  `${"y".repeat(99)}2`,
  ALPHABET.repeat(3).slice(0, 100),
].filter((id, index, all) => all.indexOf(id) === index);

/** Ids that are close enough to one another to be hit by a delete that was meant for the first. */
export const NEIGHBOURS: readonly string[] = ["a", "a-b", "a_b", "ab", "aa", "a-", "a_", "-a", "b"];

/** A value cache takes any string. */
export const ANY_STRINGS: readonly string[] = [
  ...IDS,
  "",
  " ",
  "A",
  "../x",
  "a/b",
  "a\\b",
  "a:b",
  "a\0",
  "\0",
  "\r\n",
  "toString",
  "hasOwnProperty",
  "é",
  // The same letter in two code points.
  "e\u0301",
  "😀",
  // Halves of a surrogate pair: their UTF-8 is the same replacement character.
  "\ud83d",
  "\ude00",
  "z".repeat(5_000),
  `${"z".repeat(4_999)}y`,
];
