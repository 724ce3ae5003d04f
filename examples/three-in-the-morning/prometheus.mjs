import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startService, until } from "@lastgood/services";

const SOURCES = new URL("../../packages/prometheus/src/", import.meta.url);

/** @typedef {readonly (readonly [time: number, value: number])[]} Points Times are epoch seconds. */
/** @typedef {{ readonly labels: Readonly<Record<string, string>>, readonly points: Points }} Series */

/** A real Prometheus that scrapes the service twice a second, with the alert rules of `@lastgood/prometheus`. */
export class Prometheus {
  #service;

  /** @param {Awaited<ReturnType<typeof startService>>} service */
  constructor(service) {
    this.#service = service;
  }

  /** @param {number} port Of what is scraped. @param {number} minute Milliseconds that stand for a minute of the rules. */
  static async start(port, minute) {
    const service = await startService("prometheus");
    const rules = await readFile(new URL("alert-rules.yml", SOURCES), "utf8");
    await writeFile(join(service.dir, "rules-lastgood.yml"), hurried(rules, minute));
    await writeFile(join(service.dir, "targets.json"), JSON.stringify([{ targets: [`127.0.0.1:${port}`] }]));
    await fetch(`${service.url}/-/reload`, { method: "POST" });
    const prometheus = new Prometheus(service);
    await until(async () => {
      if ((await prometheus.range("lastgood_fallback_keys", Date.now() / 1000 - 5)).length === 0) throw new Error("nothing has been scraped");
    });
    return prometheus;
  }

  get url() {
    return this.#service.url;
  }

  stop() {
    return this.#service.stop();
  }

  /** @param {string} query @param {number} from Epoch seconds. @returns {Promise<Series[]>} */
  async range(query, from) {
    const end = Date.now() / 1000;
    const asked = new URLSearchParams({ query, start: String(from), end: String(end), step: String(Math.max(0.5, Math.round((end - from) / 200) / 2)) });
    /** @type {{ result: { metric: Record<string, string>, values: [number, string][] }[] }} */
    const { result } = await this.#ask(`query_range?${asked}`);
    return result.map(({ metric, values }) => ({ labels: metric, points: values.map(([time, value]) => [time, Number(value)]) }));
  }

  async isFiring() {
    /** @type {{ alerts: { state: string }[] }} */
    const { alerts } = await this.#ask("alerts");
    return alerts.some(({ state }) => state === "firing");
  }

  /** @template T @param {string} path @returns {Promise<T>} As Prometheus documents it. */
  async #ask(path) {
    const answer = await fetch(`${this.url}/api/v1/${path}`);
    return /** @type {{ data: T }} */ (await answer.json()).data;
  }
}

/** The alert of old values, in a hurry: each of its minutes is one of the run. @param {string} rules @param {number} minute */
function hurried(rules, minute) {
  return rules.replace("age_seconds > 3600", `age_seconds > ${(60 * minute) / 1000}`).replaceAll(/for: (\d+)m/g, (_, minutes) => `for: ${Number(minutes) * minute}ms`);
}

/** The queries of a panel of the dashboard, as Grafana would ask them. @param {string} title @returns {Promise<string[]>} */
export async function panelQueries(title) {
  const { panels } = JSON.parse(await readFile(new URL("grafana-dashboard.json", SOURCES), "utf8"));
  const panel = panels.find((/** @type {{ title: string }} */ candidate) => candidate.title === title);
  if (panel === undefined) throw new Error(`the dashboard has no panel "${title}"`);
  return panel.targets.map((/** @type {{ expr: string }} */ { expr }) => expr.replaceAll("$datastore", ".*").replaceAll("$__rate_interval", "10s"));
}
