/** Real servers for tests, and ways to disturb them. */

export { serviceNames } from "./catalogue.mjs";
export { install, isInstalled } from "./installation.mjs";
export { ask } from "./ready.mjs";
export { freePort } from "./ports.mjs";
export { startProxy } from "./proxy.mjs";
export { startService } from "./service.mjs";
export { runScript } from "./script.mjs";
export { rejection, until } from "./until.mjs";
