import { defineConfig } from "vitest/config";

const minutes = 60_000;

export default defineConfig(({ mode }) => ({
  test: {
    // Over what was compiled, each file in a process of its own and loaded by Node itself: workers are loaded by URL,
    // and the tests are to see what users run.
    include: ["dist/test/**/*.test.js"],
    pool: "forks",
    experimental: { viteModuleRunner: false, nodeLoader: false },
    globalSetup: ["./dist/test/setup/prepare.js"],
    setupFiles: ["./dist/test/setup/deadline.js"],
    reporters: ["default", "./dist/test/setup/verdict-reporter.js"],
    // Many of them start processes of their own.
    maxWorkers: 2,
    maxConcurrency: 2,
    // No test asserts a time: these limits are for what would never end.
    testTimeout: 10 * minutes,
    hookTimeout: 10 * minutes,
    slowTestThreshold: 5000,
    restoreMocks: true,
    coverage: {
      provider: "v8",
      include: ["dist/{cli,host-interfaces,registry,runtime}/**/*.js"],
      reportsDirectory: "dist/coverage",
      reporter: ["text-summary", "html"],
    },
    // See `test/fuzz/campaign.ts`.
    env: mode === "long" ? { WRUN_FUZZ_SECONDS: "60", WRUN_SLOW: "1" } : {},
  },
}));
