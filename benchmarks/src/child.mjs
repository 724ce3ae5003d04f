/** The other end of processes.mjs: `node child.mjs WORK PARAMS` does one piece of work and sends what it measured. */

const [work = "", params = "{}"] = process.argv.slice(2);
const { default: measure } = await import(`./works/${work}.mjs`);
const answer = await measure(JSON.parse(params));
// Whatever a peer leaves running must not keep the run waiting.
process.send?.(answer, () => process.exit(0));
