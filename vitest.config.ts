import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,templates}/*/test/**/*.test.ts", "{examples,integration,scripts,services}/**/*.test.ts"],
    // Two cores, real servers and real disks: a slow machine must not look like a broken product.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
