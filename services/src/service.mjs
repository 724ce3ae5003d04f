import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filledIn, servicePlan } from "./catalogue.mjs";
import { run } from "./commands.mjs";
import { isInstalled, notInstalled } from "./installation.mjs";
import { freePort, HOST } from "./ports.mjs";
import { untilReady } from "./ready.mjs";
import { Server } from "./server.mjs";

/**
 * @typedef {import("./catalogue.mjs").ServerPlan} ServerPlan
 * @typedef {import("./catalogue.mjs").Variant} Variant
 */

/**
 * Starts real servers on this machine, on ports and in a folder of their own. They end with `stop()`, and with this
 * process, however it ends.
 *
 * ```js
 * const redis = await startService("redis", "cluster");
 * afterAll(() => redis.stop());
 * ```
 *
 * @param {string} name A data file of this package, such as "redis".
 * @param {string} [variant] One of its variants.
 * @returns {Promise<Service>}
 */
export async function startService(name, variant = "single") {
  const programs = servicePlan(name);
  const plan = programs.variants[variant];
  if (!plan) throw new RangeError(`${name} has no variant "${variant}": it has ${Object.keys(programs.variants).join(", ")}`);
  if (!(await isInstalled(programs))) throw notInstalled(programs);
  for (let attempt = 1; ; attempt++) {
    const service = await lay(plan);
    try {
      await bringUp(service, plan);
      return service;
    } catch (error) {
      await service.stop();
      // Somebody else may have taken a port between the look at it and the start.
      if (attempt === 3 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

/** Servers that belong together. */
class Service {
  /** @type {string} Where clients find them. */ url;
  /** @type {string} A password, for servers that are told to ask for one. */ secret;
  /** @type {string} The folder of all that they and their preparation write. */ dir;
  /** @type {readonly Server[]} */ servers;
  /** @type {Readonly<Record<string, string>>} */ #values;

  /**
   * @param {Readonly<Record<string, string>>} values
   * @param {readonly Server[]} servers
   * @param {string} url
   */
  constructor(values, servers, url) {
    this.#values = values;
    this.servers = servers;
    this.url = url;
    this.secret = values["secret"] ?? "";
    this.dir = values["dir"] ?? "";
  }

  /** @param {string} name Such as "node2". */
  server(name) {
    const found = this.servers.find((server) => server.name === name);
    if (!found) throw new RangeError(`there is no server "${name}": there are ${this.servers.map((server) => server.name).join(", ")}`);
    return found;
  }

  /** The only server, or the first. */
  get first() {
    const [first] = this.servers;
    if (!first) throw new RangeError("this service has no server");
    return first;
  }

  /**
   * @template T
   * @param {T} template
   * @returns {T} With everything filled in that is known of the service.
   */
  filledIn(template) {
    return filledIn(template, this.#values);
  }

  /** Ends the servers and removes their folder. A second call does nothing. */
  async stop() {
    await Promise.all(this.servers.map((server) => server.dispose()));
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/**
 * Gives everything its name, port and folder. Starts nothing.
 * @param {Variant} plan
 * @returns {Promise<Service>}
 */
async function lay(plan) {
  const dir = await mkdtemp(join(tmpdir(), "lastgood-service-"));
  const named = Object.entries(plan.servers).flatMap(([name, server]) => copiesOf(name, server));
  /** @type {Record<string, string>} */
  const values = { host: HOST, dir, secret: randomBytes(12).toString("hex") };
  for (const { name } of named) {
    values[`${name}.port`] = String(await freePort());
    values[`${name}.extra`] = String(await freePort());
  }
  const servers = named.map(({ name, server }) => {
    const port = values[`${name}.port`] ?? "";
    const own = { ...values, port, extra: values[`${name}.extra`] ?? "", file: join(dir, name, "server.conf") };
    return new Server({ name, port: Number(port), plan: filledIn(server, own), dir: join(dir, name), root: dir });
  });
  for (const server of servers) await server.configure();
  return new Service(values, servers, filledIn(plan.url, values));
}

/** @param {string} name @param {ServerPlan} server */
function copiesOf(name, server) {
  if (server.copies === undefined) return [{ name, server }];
  return Array.from({ length: server.copies }, (_, index) => ({ name: `${name}${index + 1}`, server }));
}

/** @param {Service} service @param {Variant} plan */
async function bringUp(service, { prepare = [], servers, assemble = [], assembled }) {
  for (const command of prepare) await run(service.filledIn(command));
  for (const [name, server] of Object.entries(servers)) {
    await Promise.all(copiesOf(name, server).map((copy) => service.server(copy.name).start()));
  }
  for (const command of assemble) await run(service.filledIn(command));
  if (assembled) await Promise.all(service.servers.map(({ port }) => untilReady(port, assembled, () => undefined)));
}
