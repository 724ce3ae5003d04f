import { whySqliteFails } from "../stores/sqlite.ts";
import { showTime } from "../terminal/show-time.ts";
import { version } from "../terminal/version.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const OLDEST_NODE = [20, 19] as const;
/** 2025-01-01: nothing of lastgood is older. */
const EARLIEST = Date.UTC(2025, 0, 1);

export function examineMachine(): readonly Finding[] {
  return [examineVersions(), examineSqlite(), examineClock()];
}

function examineVersions(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const text = `lastgood ${version()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return isOld ? problem("versions", text, "install Node 20.19 or newer") : ok("versions", text);
}

function examineSqlite(): Finding {
  const failure = whySqliteFails();
  if (failure === undefined) return ok("sqlite", "SQLite can be used");
  return warning("sqlite", failure, "or keep backups in file:DIRECTORY");
}

function examineClock(): Finding {
  const now = Date.now();
  if (now < EARLIEST) return problem("clock", `the clock shows ${showTime(now)}`, "set the clock: ages and culls go by it");
  return ok("clock", `the clock shows ${showTime(now)}`);
}
