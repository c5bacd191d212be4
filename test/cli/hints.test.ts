import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { assertRefused, assertWent, type Bench, type Ended, guest, openBench } from "./harness.js";

const notes = ["run", guest("notes"), "--allow-unsigned"];
const grants = ["--keyvalue", "./kv", "--dir", "./data::/data"];
const asking = ["--", "file=/data/private/x"];

describe("a hint, pasted as it is under allow: of what --show-policy writes", () => {
  let bench: Bench;
  /** What flags amount to; the list `allow` is its end. */
  let shown: string;

  beforeAll(async () => {
    bench = await openBench();
    await mkdir(join(bench.folder, "data", "private"), { recursive: true });
    await writeFile(join(bench.folder, "data", "private", "x"), "x");
    shown = (await bench.wrun([...notes, "--show-policy"])).stdout;
    assert.match(shown, /^allow:\n {2}- id: /m);
  });
  afterAll(() => bench.close());

  async function policyOf(name: string, onViolation: string): Promise<readonly string[]> {
    const rules = `  - interface: wasi:filesystem/types
    fs: [{ root: data, prefix: /in, rights: [read] }]
  - { interface: "wasi:keyvalue/store", keyvalue: [] }
  - { interface: "wasi:http/outgoing-handler", http: [] }
  - { interface: "wasi:config/store", config: [] }
`;
    await writeFile(join(bench.folder, name), `onViolation: ${onViolation}\n${shown}${rules}`);
    return [...notes, "--policy", name, ...grants, ...asking];
  }

  /** Takes the indented lines behind the one that announces them, and pastes them. */
  async function assertPastes({ stdout, stderr }: Ended, announced: RegExp): Promise<void> {
    const lines = (stdout + stderr).split("\n");
    const from = lines.findIndex((line) => announced.test(line)) + 1;
    assert.notEqual(from, 0, stdout + stderr);
    const length = lines.slice(from).findIndex((line) => !/^ {2}(?:- |# | {2}\S)/.test(line));
    const hint = lines.slice(from, from + length).join("\n");
    assert.match(hint, /^ {2}- interface: \S+\n {4}\w+: /m, stdout + stderr);
    await writeFile(join(bench.folder, "pasted.yaml"), `${shown}${hint}\n`);
    assertWent(await bench.wrun(["policy", "check", "pasted.yaml"]));
  }

  it("is valid from a denied call", async () => {
    await assertPastes(await bench.wrun(await policyOf("deny.yaml", "deny")), /^denied .* under allow:$/);
  });

  it("is valid from a call that ended its run", async () => {
    const ended = await bench.wrun(await policyOf("trap.yaml", "trap"));
    assertRefused(ended, "RUN_DENIED", 113);
    await assertPastes(ended, /^error\[RUN_DENIED\].* under allow:$/);
  });

  it("is valid from a call that put its workload in quarantine, whose refusals need none", async () => {
    const run = await policyOf("quarantine.yaml", "quarantine");
    const ended = await bench.wrun(run);
    assertRefused(ended, "RUN_QUARANTINED", 115);
    await assertPastes(ended, /^error\[RUN_QUARANTINED\].* under allow:$/);
    const again = await bench.wrun(run);
    assertRefused(again, "WORKLOAD_QUARANTINED", 115);
    assert.match(
      again.stderr,
      /: run [0-9a-f]{32}: no rule allows wasi:filesystem\/types \S+ with [^\n\\]*\nnext: /,
    );
    const [, id = ""] = /--release (\S+)`/.exec(again.stderr) ?? [];
    assertWent(await bench.wrun(["revoke", "--release", id]));
  });

  it("is valid from an import that nothing grants", async () => {
    await writeFile(join(bench.folder, "shown.yaml"), shown);
    const refused = await bench.wrun([...notes, "--policy", "shown.yaml", ...grants]);
    await assertPastes(refused, /^next: .*`allow:`.*:$/);
  });

  it("is valid from policy explain and from inspect", async () => {
    await policyOf("explained.yaml", "deny");
    const explain = [
      "policy",
      "explain",
      "explained.yaml",
      "wasi:filesystem/types",
      "[method]descriptor.open-at",
    ];
    const facts = ["root=data", "path=/private/x", "right=read"].flatMap((fact) => ["--fact", fact]);
    await assertPastes(await bench.wrun([...explain, ...facts]), / under allow:$/);
    await assertPastes(await bench.wrun(["inspect", guest("notes")]), /^Imports that a policy must grant/);
  });
});
