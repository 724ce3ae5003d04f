import { examineMachine } from "../doctor/examine-machine.ts";
import { examineStore } from "../doctor/examine-store.ts";
import type { Finding } from "../doctor/finding.ts";
import { backupsOf, findPlaces } from "../stores/places.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { JsonList } from "../terminal/lines.ts";
import { print } from "../terminal/print.ts";
import { onOneLine } from "../terminal/say.ts";
import { wrap } from "../terminal/table.ts";
import type { Command } from "./command.ts";

export const doctor: Command = {
  name: "doctor",
  synopsis: "",
  summary: "what is wrong here, and what to do",
  details: [
    "Looks at versions, the clock, and every store: whether it is there and can be read and written, by whom, what is in it, and how much room there is. Says what to do about each problem, and exits with 1 if there is one. Changes nothing. It reads some records: lastgood verify reads all.",
  ],
  options: ["json", "backup"],
  async run(args) {
    const isJson = args.flag("json");
    args.positionals();
    const backups = backupsOf(findPlaces(args, false));
    const findings: Finding[] = [...examineMachine()];
    for (const place of backups) findings.push(...(await examineStore(place)));
    if (isJson) await JsonList.print(findings);
    else await print(asText(findings));
    return findings.some(({ status }) => status === "problem") ? EXIT.failed : EXIT.ok;
  },
};

/** A heading for each thing that was looked at, and what was found below it. */
function asText(findings: readonly Finding[]): string {
  let text = "";
  let about = "";
  for (const finding of findings) {
    if (finding.about !== about) text += `${onOneLine(finding.about)}\n`;
    ({ about } = finding);
    text += textOf(finding);
  }
  return text;
}

const INDENT = 11;

function textOf({ status, message, advice }: Finding): string {
  const lines = [message, ...(advice === undefined ? [] : [`→ ${advice}`])];
  return lines.map((line, index) => `  ${(index === 0 ? status : "").padEnd(INDENT - 2)}${wrap(onOneLine(line), INDENT)}\n`).join("");
}
