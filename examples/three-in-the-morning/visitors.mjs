import { setTimeout as sleep } from "node:timers/promises";

/** They ask for all of some addresses, again and again, until they leave. */
export class Visitors {
  answered = 0;
  refused = 0;
  #addresses;
  #pause;
  #haveLeft = false;
  #visits;

  /** @param {readonly string[]} addresses @param {number} pause Milliseconds between two visits. */
  constructor(addresses, pause) {
    this.#addresses = addresses;
    this.#pause = pause;
    this.#visits = this.#come();
  }

  async leave() {
    this.#haveLeft = true;
    await this.#visits;
  }

  async #come() {
    while (!this.#haveLeft) {
      const answers = await Promise.all(this.#addresses.map((address) => fetch(address).then(({ ok }) => ok, () => false)));
      this.answered += answers.filter(Boolean).length;
      this.refused += answers.filter((ok) => !ok).length;
      await sleep(this.#pause);
    }
  }
}
