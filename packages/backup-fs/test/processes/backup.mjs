/** The adapter as it is in the sources now, on the directory that the test has chosen: the first two arguments. */
const [entry = "", directory = ""] = process.argv.slice(2);

/** @type {typeof import("../../src/index.ts")} */
const { fsBackup } = await import(entry);

export const backup = fsBackup(directory);

/** What the test has given besides. */
export const parameters = process.argv.slice(4);
