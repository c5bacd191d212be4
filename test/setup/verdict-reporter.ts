import type { Reporter, SerializedError, TestCase, TestModule, Vitest } from "vitest/node";

/**
 * Says why each skipped test was skipped and what tests wish to tell, and ends with the line that counts:
 * `N passed, N failed`, with `, N skipped` behind it where something was.
 */
export default class VerdictReporter implements Reporter {
  #isFiltered = false;

  onInit({ config }: Vitest): void {
    this.#isFiltered = config.testNamePattern !== undefined;
  }

  onTestCaseResult(test: TestCase): void {
    const where = `${test.module.relativeModuleId}: ${test.fullName}`;
    const result = test.result();
    if (result.state === "skipped" && !this.#isLeftOut(test))
      say(`skip ${where}: ${result.note ?? "without a reason"}`);
    for (const { message } of test.annotations()) say(`     ${where}: ${message}`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests())
        if (!this.#isLeftOut(test)) counts[test.result().state] += 1;
      // A file that could not be loaded, or whose hooks failed, may have no test that says so.
      if (module.errors().length > 0) counts.failed += 1;
    }
    const failed = counts.failed + counts.pending;
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    say(`\n${counts.passed} passed, ${failed} failed${skipped}`);
  }

  /** Whoever asks for tests by name does not want to hear of all others. */
  #isLeftOut(test: TestCase): boolean {
    const result = test.result();
    return this.#isFiltered && result.state === "skipped" && result.note === undefined;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
