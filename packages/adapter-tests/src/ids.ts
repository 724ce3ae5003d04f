const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789_-";

/** Ids that every adapter must tell apart: 1 to 100 characters of `a-z 0-9 _ -`. */
export const IDS: readonly string[] = [
  ...ALPHABET,
  "__proto__",
  "constructor",
  "a-b",
  "a_b",
  "ab",
  "a--b",
  // Reserved names of some file systems, and words with a meaning in some commands.
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
  // They differ only in the last character, which a store that truncates ids would lose.
  `${"y".repeat(99)}1`,
  `${"y".repeat(99)}2`,
  ALPHABET.repeat(3).slice(0, 100),
].filter((id, index, all) => all.indexOf(id) === index);

/** Similar ids, so that an inexact delete of the first would also delete others. */
export const NEIGHBOURS: readonly string[] = ["a", "a-b", "a_b", "ab", "aa", "a-", "a_", "-a", "b"];

/** Strings for value caches, which accept any string as an id. */
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
