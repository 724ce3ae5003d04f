/** Runs before each test file: what the matrix counts for a runtime must have run on it. */

const { bun, deno, node } = process.versions;
const actual = bun === undefined ? (deno === undefined ? `node ${node}` : `deno ${deno}`) : `bun ${bun}`;
const wanted = process.env["MATRIX_RUNTIME"];

if (actual !== wanted) throw new Error(`these tests are meant for ${wanted}, and run on ${actual}`);
