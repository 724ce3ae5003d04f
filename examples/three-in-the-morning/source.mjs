import { createServer } from "node:http";
import { once } from "node:events";

/** What the service asks, over real sockets. While it is down, it refuses connections. */
export class Source {
  #server = createServer((request, response) => response.end(JSON.stringify(this.#answerTo(request.url ?? "/"))));
  #port = 0;
  #edition = 0;

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start() {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
  }

  async stop() {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  /** @param {string} path */
  #answerTo(path) {
    const [, kind, name] = path.split("/");
    this.#edition++;
    return kind === "rates" ? { base: "CHF", currency: name, rate: 1 + (this.#edition % 100) / 1000 } : { place: name, degrees: this.#edition % 20 };
  }
}
