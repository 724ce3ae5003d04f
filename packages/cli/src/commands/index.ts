import type { Command } from "./command.ts";
import { completion } from "./completion.ts";
import { consoleCommand } from "./console.ts";
import { copy } from "./copy.ts";
import { cull } from "./cull.ts";
import { deleteKey } from "./delete.ts";
import { doctor } from "./doctor.ts";
import { expire } from "./expire.ts";
import { fetchUrl } from "./fetch.ts";
import { helpCommand } from "./help.ts";
import { ls } from "./ls.ts";
import { peek } from "./peek.ts";
import { restore } from "./restore.ts";
import { run } from "./run.ts";
import { serve } from "./serve.ts";
import { show } from "./show.ts";
import { status } from "./status.ts";
import { verify } from "./verify.ts";
import { versionCommand } from "./version.ts";

/** Every command, in the order in which the help shows them. */
export const COMMANDS: readonly Command[] = [
  run,
  fetchUrl,
  serve,
  status,
  ls,
  show,
  peek,
  restore,
  expire,
  deleteKey,
  copy,
  verify,
  cull,
  doctor,
  consoleCommand,
  completion(() => COMMANDS),
  helpCommand(() => COMMANDS),
  versionCommand,
];
