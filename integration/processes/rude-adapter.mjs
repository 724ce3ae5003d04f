/** A cache that changes something of the process with each call. */

import fs from "node:fs";

export function rudeCache() {
  return {
    name: "rude",
    stores: "values",
    set() {
      Reflect.set(process, "emit", process.emit.bind(process));
    },
    get(/** @type {string} */ id) {
      if (id === "id") process.once("SIGTERM", () => undefined);
      else Reflect.set(fs, "close", fs.close.bind(fs));
    },
    delete() {
      Reflect.set(globalThis, "rude", 1);
    },
    close() {
      process.emitWarning("I was here");
      setInterval(() => undefined, 1_000);
    },
  };
}
