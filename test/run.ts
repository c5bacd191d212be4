/**
 * Runs everything that must hold: the static checks, then every test file below this folder.
 *
 * The last line is `N passed, N failed`, with `, N skipped` behind it where something optional is missing.
 * Arguments name parts of test file paths to run only those: `npm test -- policy`. `WRUN_OTHER_NODE` names another Node's
 * executable, under which the test files are then run once more.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { buildGuests } from "../guests/build.js";

const compiled = dirname(fileURLToPath(import.meta.url));
const root = join(compiled, "..", "..");
const counts = { passed: 0, failed: 0, skipped: 0 };
const only = process.argv.slice(2);

/** A file that waits for what never comes fails by its name, and does not take the verdict on all others with it. */
const fileLimit = 10 * 60_000;
/** Past this, what has not begun fails unseen: a verdict that names it is worth more than none. */
const suiteLimit = 60 * 60_000;
/** Files run at a time: many of them start processes of their own. */
const lanes = 2;

if (only.length === 0) runChecks();
await makeGuests();
await runTests();
const otherNode = process.env["WRUN_OTHER_NODE"];
if (otherNode !== undefined) runOnceMore(otherNode);
process.stdout.write(
  `\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}\n`,
);
process.exit(counts.failed === 0 ? 0 : 1);

function runChecks(): void {
  const bin = (name: string): string => join(root, "node_modules", ".bin", name);
  check("lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]);
  check("format", bin("biome"), ["format", "."]);
  check("unused code", bin("knip"), ["--no-progress"]);
}

function check(name: string, command: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status === 0) {
    counts.passed += 1;
    process.stdout.write(`ok   ${name}\n`);
  } else {
    counts.failed += 1;
    process.stdout.write(`FAIL ${name}\n${stdout}${stderr}\n`);
  }
}

/** Every guest is needed by some test; one that cannot be built here for lack of a tool is a skip. */
async function makeGuests(): Promise<void> {
  process.stdout.write("guests: building\n");
  for (const outcome of await buildGuests({ out: join(compiled, "..", "guests", "bin") })) {
    if (outcome.result === "failed") {
      counts.failed += 1;
      process.stdout.write(`FAIL guest ${outcome.guest.name}: ${outcome.reason}\n`);
    } else if (outcome.result === "skipped") {
      counts.skipped += 1;
      process.stdout.write(`skip guest ${outcome.guest.name}: ${outcome.reason}\n`);
    }
  }
}

function findTestFiles(): string[] {
  const all = readdirSync(compiled, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.js"))
    .filter((name) => only.length === 0 || only.some((part) => name.includes(part)))
    .map((name) => join(compiled, name))
    .sort();
  if (all.length === 0) throw new Error("no test file was found");
  return all;
}

/** Says of each file how it ended as soon as it has: what runs for long is seen to run. */
async function runTests(): Promise<void> {
  const waiting = findTestFiles();
  const takeTurns = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (performance.now() < suiteLimit) await runFile(file);
      else notBegun(file);
    }
  };
  await Promise.all(Array.from({ length: lanes }, takeTurns));
}

async function runFile(path: string): Promise<void> {
  const file = relative(compiled, path);
  const tally = { passed: 0, failed: 0 };
  const begun = performance.now();
  for await (const event of run({ files: [path], timeout: fileLimit })) {
    if (event.type === "test:diagnostic" && event.data.message.startsWith("seed "))
      process.stdout.write(`     ${file}: ${event.data.message}\n`);
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { data } = event;
    // A suite and a file are counted by the tests in them; a file that dies as a whole is a failure of its own.
    const isGroup = data.details.type === "suite" || data.name === data.file;
    if (isGroup && (event.type === "test:pass" || failedThroughItsTests(event.data.details.error))) continue;
    if (data.skip !== undefined) {
      counts.skipped += 1;
      process.stdout.write(`skip ${file}: ${data.name}: ${String(data.skip)}\n`);
    } else if (event.type === "test:pass") {
      tally.passed += 1;
    } else {
      tally.failed += 1;
      process.stdout.write(`FAIL ${file}: ${data.name}\n${describe(event.data.details.error)}\n`);
    }
  }
  counts.passed += tally.passed;
  counts.failed += tally.failed;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const verdict = tally.failed === 0 ? "ok  " : "FAIL";
  process.stdout.write(`${verdict} ${file}: ${tally.passed} passed, ${tally.failed} failed, ${seconds} s\n`);
}

function notBegun(path: string): void {
  counts.failed += 1;
  process.stdout.write(
    `FAIL ${relative(compiled, path)}: the suite's ${suiteLimit / 60_000} minutes were over before it began\n`,
  );
}

/** The static checks and the guests are the same under any Node, and so is what shows that removed checks matter. */
function runOnceMore(node: string): void {
  process.stdout.write(`\nonce more, under ${node}\n`);
  const files = findTestFiles().filter((file) => !file.includes("removed-checks"));
  const { WRUN_OTHER_NODE: _, ...env } = process.env;
  const { stdout, stderr } = spawnSync(
    node,
    [fileURLToPath(import.meta.url), ...files.map((file) => relative(compiled, file))],
    { env, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] },
  );
  const [summary = "", passed, failed, skipped = "0"] =
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\n$/m.exec(stdout.slice(-80)) ?? [];
  if (passed === undefined || Number(passed) === 0) {
    counts.failed += 1;
    process.stdout.write(`${stdout}FAIL the run under ${node} came to no end\n${stderr}\n`);
    return;
  }
  process.stdout.write(stdout.slice(0, -summary.length));
  counts.passed += Number(passed);
  counts.failed += Number(failed);
  counts.skipped += Number(skipped);
}

function failedThroughItsTests(error: unknown): boolean {
  return error instanceof Error && "failureType" in error && error.failureType === "subtestsFailed";
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
