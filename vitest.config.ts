import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,templates}/*/test/**/*.test.ts", "{benchmarks,examples,faults,integration,scripts,services}/**/*.test.ts"],
    // vitest would leave a core free. Many tests wait for servers, disks and processes, so there are more workers than cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // Two cores, real servers and real disks: a slow machine must not look like a broken product.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // vitest's own is a second, in which a busy machine gets nothing done.
    expect: { poll: { timeout: 30_000 } },
  },
});
