import { execFile } from "node:child_process";

/** Commands of the page, and what they printed. @typedef {Map<string, string>} Transcripts */

/** Blocks of the page that show commands. */
const BLOCK = /^```console\n(.*?)^```$/gms;

/**
 * Runs commands one after the other, as somebody would type them.
 * @param {readonly string[]} commands
 * @param {{ readonly cwd: string, readonly env: NodeJS.ProcessEnv }} where
 * @param {Transcripts} transcripts
 */
export async function typeIn(commands, where, transcripts) {
  for (const command of commands) {
    const output = await outputOf(command, where);
    transcripts.set(command, output);
    process.stdout.write(`$ ${command}\n${output}`);
  }
}

/** @param {string} command @param {{ readonly cwd: string, readonly env: NodeJS.ProcessEnv }} where @returns {Promise<string>} */
function outputOf(command, where) {
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", command], where, (error, stdout, stderr) => {
      if (error === null && stderr === "") resolve(stdout);
      else reject(new Error(`"${command}" failed: ${stderr || error?.message}`));
    });
  });
}

/** The page with what the commands printed this time. @param {string} page @param {Transcripts} transcripts */
export function withTranscripts(page, transcripts) {
  const shown = new Set();
  const text = page.replaceAll(BLOCK, (_, block) => {
    const commands = block.split("\n").flatMap((/** @type {string} */ line) => (line.startsWith("$ ") ? [line.slice(2)] : []));
    for (const command of commands) shown.add(command);
    return `\`\`\`console\n${commands.map((/** @type {string} */ command) => `$ ${command}\n${printed(command, transcripts)}`).join("")}\`\`\``;
  });
  for (const command of transcripts.keys()) if (!shown.has(command)) throw new Error(`the page does not show "${command}"`);
  return text;
}

/** @param {string} command @param {Transcripts} transcripts */
function printed(command, transcripts) {
  const output = transcripts.get(command);
  if (output === undefined) throw new Error(`the page shows "${command}", which the run does not type in`);
  return output;
}

/** What two runs have in common: times, ages, ports and names made at random differ, and with them the widths of columns. @param {string} page */
export function withoutNumbers(page) {
  return page.replaceAll(BLOCK, (block) => block.replaceAll(/start-page-\w{6}|(?<=selected: )\S+/g, "…").replaceAll(/\d+(?:[.,:T-]\d+)*(?:ms|[smhdBkMZ])?(?:\.\d+Z)?\b/g, "0").replaceAll(/0( 0)+/g, "0").replaceAll(/[ \t]+/g, " "));
}
