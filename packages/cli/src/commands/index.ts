import type { Command } from "./command.ts";
import { cull } from "./cull.ts";
import { deleteKey } from "./delete.ts";
import { expire } from "./expire.ts";
import { fetchUrl } from "./fetch.ts";
import { helpCommand } from "./help.ts";
import { peek } from "./peek.ts";
import { run } from "./run.ts";
import { serve } from "./serve.ts";
import { status } from "./status.ts";
import { versionCommand } from "./version.ts";

/** Every command, in the order in which the help shows them. */
export const COMMANDS: readonly Command[] = [
  run,
  fetchUrl,
  serve,
  status,
  peek,
  expire,
  deleteKey,
  cull,
  helpCommand(() => COMMANDS),
  versionCommand,
];
