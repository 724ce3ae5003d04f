import { checks } from "./checks.js";

// Jest and Vitest have `test` as a global, and so has the context of vm-context.mjs.
const { test } = /** @type {{ test(name: string, run: () => Promise<void>): void }} */ (/** @type {unknown} */ (globalThis));

for (const [name, check] of Object.entries(checks)) test(name, check);
