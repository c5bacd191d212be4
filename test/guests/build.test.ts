import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test, type TestContext } from "vitest";
import { fileURLToPath } from "node:url";
import { binaries, buildGuests, guests, type Outcome } from "../../guests/build.js";

const projectRoot = fileURLToPath(new URL("../../../", import.meta.url));
/** The second half of a binary's first eight bytes: version and layer. */
const layers = { component: "0d000100", module: "01000000" } as const;

/** One of each way to build, from nothing; all of them would take the better part of a minute. */
const sample = ["spin", "composed", "p1", "hello-0.2.6", "swallow-js", "wordcount-c"];

let out: string;
let first: readonly Outcome[];
let all: readonly Outcome[];

beforeAll(async () => {
  all = await buildGuests({ out: binaries });
  out = await mkdtemp(join(tmpdir(), "wrun-guests-test-"));
  first = await buildGuests({ out, only: sample });
});
afterAll(() => rm(out, { recursive: true, force: true }));

test("the sample has every language", () => {
  const languages = new Set(first.map(({ guest }) => guest.language));
  assert.deepEqual(languages, new Set(guests.map(({ language }) => language)));
});

test("a build into an empty folder builds, or skips for a tool that the guest says it needs", async (context) => {
  assert.deepEqual(first.map((outcome) => outcome.guest.name).sort(), sample.toSorted());
  for (const outcome of first) await requireGood(outcome, ["built"], context);
});

test("all guests are there", async (context) => {
  assert.deepEqual(all.map((outcome) => outcome.guest.name).sort(), guests.map(({ name }) => name).sort());
  for (const outcome of all) await requireGood(outcome, ["built", "cached"], context);
});

test("what comes out is a component, or a core module where the guest is one", async () => {
  for (const outcome of all) {
    if (!("path" in outcome)) continue;
    const bytes = await readFile(outcome.path);
    assert.equal(bytes.subarray(0, 4).toString("latin1"), "\0asm", outcome.guest.name);
    const expected = outcome.guest.language === "core-wat" ? layers.module : layers.component;
    assert.equal(bytes.subarray(4, 8).toString("hex"), expected, outcome.guest.name);
  }
});

test("a second build does nothing and leaves the same bytes", async (context) => {
  const built = await digests(out);
  const second = await buildGuests({ out, only: sample });
  for (const outcome of second) await requireGood(outcome, ["cached"], context);
  assert.deepEqual(await digests(out), built);
});

test("a binary that was changed or cut short is built again", async () => {
  const path = join(out, "spin.wasm");
  const intact = await readFile(path);
  await writeFile(path, intact.subarray(0, 20));
  const [outcome] = await buildGuests({ out, only: ["spin"] });
  assert.equal(outcome?.result, "built");
  assert.deepEqual(await readFile(path), intact);
});

test("a guest that does not exist is refused by name", async () => {
  await assert.rejects(buildGuests({ out, only: ["no-such-guest"] }), /no-such-guest/);
});

test("every guest's source exists, and a hostile one says what it attacks and what must hold it", async () => {
  for (const guest of guests) {
    const path = join(projectRoot, "guests", guest.source);
    assert.ok((await stat(path)).isFile(), guest.source);
    if (!guest.hostile) continue;
    const text = await readFile(path, "utf8");
    assert.match(text, /^(?:;;|\/\/) Attacks: /m, guest.source);
    assert.match(text, /^(?:;;|\/\/) Held by: /m, guest.source);
  }
});

test("guest names are unique, since a name is a file", () => {
  assert.equal(new Set(guests.map(({ name }) => name)).size, guests.length);
});

test("no built binary is tracked by git", (context) => {
  let tracked: string;
  try {
    tracked = execFileSync("git", ["-C", projectRoot, "ls-files", "*.wasm", "dist"], { encoding: "utf8" });
  } catch {
    return context.skip("this is not a git checkout");
  }
  assert.equal(tracked, "");
});

async function requireGood(
  outcome: Outcome,
  results: readonly string[],
  context: TestContext,
): Promise<void> {
  if (outcome.result === "skipped") {
    assert.notEqual(outcome.guest.needs, undefined, `${outcome.guest.name} needs nothing and was skipped`);
    await context.annotate(`${outcome.guest.name} skipped: ${outcome.reason}`);
    return;
  }
  assert.ok(results.includes(outcome.result), `${outcome.guest.name}: ${JSON.stringify(outcome)}`);
}

async function digests(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name } of guests) {
    const bytes = await readFile(join(folder, `${name}.wasm`)).catch(() => undefined);
    if (bytes !== undefined) found[name] = createHash("sha256").update(bytes).digest("hex");
  }
  assert.ok(Object.keys(found).length > 0);
  return found;
}
