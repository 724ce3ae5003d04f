/** The real servers of a run: installed where they are missing, started when a row asks for them, and ended with the run. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { install, startProxy, startService } from "@lastgood/services";
import { BUCKET } from "./contenders/protocols.mjs";

/** @typedef {Awaited<ReturnType<typeof startService>>} Service */

export class Servers {
  /** @type {Map<string, Promise<Service>>} */ #started = new Map();
  /** @type {Promise<{ endpoint: string }> | undefined} */ #s3;
  /** @type {Awaited<ReturnType<typeof startProxy>>[]} */ #proxies = [];

  /** @param {"redis" | "memcached"} name */
  async url(name) {
    return (await this.#start(name)).url;
  }

  async nginx() {
    const service = await this.#start("nginx");
    return { url: service.url, origin: service.filledIn("http://${host}:${nginx.extra}") };
  }

  s3() {
    this.#s3 ??= this.#startS3();
    return this.#s3;
  }

  /** The same server, so far away. @param {number} milliseconds */
  async distantS3(milliseconds) {
    const s3 = await this.s3();
    const proxy = await startProxy(Number(new URL(s3.endpoint).port));
    proxy.delayMs = milliseconds;
    this.#proxies.push(proxy);
    return { ...s3, endpoint: `http://${proxy.host}:${proxy.port}` };
  }

  async stop() {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    const services = await Promise.allSettled(this.#started.values());
    await Promise.all(services.map((service) => (service.status === "fulfilled" ? service.value.stop() : undefined)));
  }

  async #startS3() {
    const service = await this.#start("s3");
    const credentials = JSON.parse(await readFile(join(service.dir, "credentials.json"), "utf8"));
    const config = { endpoint: service.url, region: "us-east-1", forcePathStyle: true, credentials };
    const client = new S3Client(config);
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    client.destroy();
    return config;
  }

  /** @param {string} name */
  #start(name) {
    const started = this.#started.get(name) ?? installAndStart(name);
    this.#started.set(name, started);
    return started;
  }
}

/** @param {string} name */
async function installAndStart(name) {
  await install(name);
  return startService(name);
}
