import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startService, until } from "@lastgood/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const HOUR = 3_600_000;
const HERE = fileURLToPath(new URL("./", import.meta.url));
const RULES = fileURLToPath(new URL("../src/alert-rules.yml", import.meta.url));
const DASHBOARD = fileURLToPath(new URL("../src/grafana-dashboard.json", import.meta.url));
const run = promisify(execFile);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

describe("the alert rules", () => {
  it("promtool finds nothing wrong with the alert rules", async () => {
    const { stdout } = await run("promtool", ["check", "rules", RULES]);
    expect(stdout).toMatch(/SUCCESS: [1-9]\d* rules found/);
  });

  it("each alert fires when it should, and clears: promtool's own test of the rules", async () => {
    const { stdout } = await run("promtool", ["test", "rules", join(HERE, "alert-rules.test.yml")]);
    expect(stdout).toContain("SUCCESS");
  });
});

describe("a real Prometheus that scrapes a real process", () => {
  let prometheus: Awaited<ReturnType<typeof startService>>;
  let child: ChildProcessByStdio<Writable, Readable, null>;
  let process: string;

  beforeAll(async () => {
    prometheus = await startService("prometheus");
    child = spawn(globalThis.process.execPath, [join(HERE, "scraped-process.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
    const [port] = await once(createInterface(child.stdout), "line");
    process = `http://127.0.0.1:${port}`;
    await tell("");
    // As they are, but without the minutes for which they wait.
    const impatient = (await readFile(RULES, "utf8")).replaceAll(/for: \w+/g, "for: 0s");
    await writeFile(join(prometheus.dir, "rules-lastgood.yml"), impatient);
    await writeFile(join(prometheus.dir, "targets.json"), JSON.stringify([{ targets: [`127.0.0.1:${port}`] }]));
    await fetch(`${prometheus.url}/-/reload`, { method: "POST" });
    await until(async () => expect(await value("lastgood_fallback_keys")).toBe(0));
  });

  afterAll(async () => {
    child.kill();
    await prometheus.stop();
  });

  /** What the process is to do: `source=down&advance=1000`. It then gets a key. */
  async function tell(what: string): Promise<string> {
    return (await fetch(`${process}/?${what}`, { method: "POST" })).text();
  }

  async function ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: T }; // as Prometheus documents it
    return answer.data;
  }

  async function results(query: string): Promise<readonly { readonly value: readonly [number, string] }[]> {
    return (await ask<{ result: readonly { value: readonly [number, string] }[] }>(`query?query=${encodeURIComponent(query)}`)).result;
  }

  /** The value of a query with one result. */
  async function value(query: string): Promise<number | undefined> {
    const [result] = await results(query);
    return result === undefined ? undefined : Number(result.value[1]);
  }

  async function firing(): Promise<string[]> {
    const { alerts } = await ask<{ alerts: readonly { state: string; labels: Record<string, string> }[] }>("alerts");
    return alerts.filter(({ state }) => state === "firing").map(({ labels }) => `${labels["alertname"]} of ${labels["datastore"]}`);
  }

  it("an outage is seen, its alert fires once the value is over an hour old, and clears with the recovery", async () => {
    expect(await tell(`source=down&advance=${HOUR / 2}`)).toBe("rates");
    await expect.poll(() => value("lastgood_fallback_keys")).toBe(1);
    expect(await firing()).toEqual([]);
    await tell(`advance=${HOUR}`);
    await expect.poll(() => value("lastgood_fallback_oldest_age_seconds")).toBe(1.5 * 3_600);
    await expect.poll(firing).toEqual(["LastgoodFallbackOld of rates"]);
    await tell(`source=up&advance=${HOUR}`);
    await expect.poll(() => value("lastgood_fallback_keys")).toBe(0);
    await expect.poll(firing).toEqual([]);
    expect(await value('lastgood_gets_total{source="backup",stale="true"}')).toBe(2);
    expect(await value("lastgood_recoveries_total")).toBe(1);
  });

  it("the alert for pending backup writes fires on a full disk, and clears once the writes are durable", async () => {
    await tell("backup=full&set=usd");
    await expect.poll(() => value("lastgood_backup_pending_writes")).toBe(1);
    await expect.poll(firing).toEqual(expect.arrayContaining(["LastgoodBackupWritesPending of rates"]));
    await tell("backup=up&flush=1");
    await expect.poll(() => value("lastgood_backup_pending_writes")).toBe(0);
    await expect.poll(firing).toEqual([]);
  });

  it("the alert for a paused store fires while the backup is silent, and clears once it answers", async () => {
    for (let writes = 0; writes < 6; writes++) await tell(`backup=silent&set=key${writes}`);
    await expect.poll(() => value('lastgood_store_state{store="backup",state="paused"}')).toBe(1);
    await expect.poll(firing).toEqual(expect.arrayContaining(["LastgoodStorePaused of rates"]));
    await tell("backup=up");
    // The store is asked again when its pause is over by the clock of the process.
    await expect.poll(async () => (await tell("advance=10000&flush=1"), firing())).toEqual([]);
    expect(await value('lastgood_store_state{store="backup",state="ok"}')).toBe(1);
  });

  it("every metric that the dashboard asks for exists in Prometheus, and each of its queries can be answered", async () => {
    const names = new Set(await ask<string[]>("label/__name__/values"));
    const dashboard = await readFile(DASHBOARD, "utf8");
    const { panels } = JSON.parse(dashboard) as { panels: readonly Panel[] };
    const asked = new Set(dashboard.match(/\blastgood_\w+/g));
    expect(asked.size).toBeGreaterThan(12);
    expect([...asked].filter((name) => !names.has(name))).toEqual([]);
    for (const { title, targets = [] } of panels) {
      for (const { expr } of targets) {
        const query = expr.replaceAll("$datastore", ".*").replaceAll("$__rate_interval", "1m");
        expect(await results(query), `${title}: ${query}`).not.toEqual([]);
      }
    }
  });

  it("every metric that the alert rules ask for exists in Prometheus", async () => {
    const names = new Set(await ask<string[]>("label/__name__/values"));
    const asked = new Set((await readFile(RULES, "utf8")).match(/^ +expr:.*$/gm)?.flatMap((line) => line.match(/\blastgood_\w+/g) ?? []));
    expect([...asked].filter((name) => !names.has(name))).toEqual([]);
  });

  it("promtool finds nothing wrong with the page that is scraped", async () => {
    const page = await (await fetch(`${process}/metrics`)).text();
    const lint = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    for (const stream of [lint.stdout, lint.stderr]) stream.setEncoding("utf8").on("data", (text: string) => void (said += text));
    lint.stdin.end(page);
    await once(lint, "close");
    expect(said).toBe("");
  });
});
