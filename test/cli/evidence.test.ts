import assert from "node:assert/strict";
import { cp, symlink, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import {
  assertNoTrace,
  assertRefused,
  assertWent,
  type Bench,
  guest,
  jsonOf,
  openBench,
  treeOf,
} from "./harness.js";

/** The verifier key of a node that has nothing to do with the runs here. */
async function strangersKey(): Promise<string> {
  const stranger = await openBench();
  const doctor = await stranger.wrun(["doctor", "--json"]);
  await stranger.close();
  return /for verifiers: (\S+)/.exec(doctor.stdout)?.[1]?.replace(/".*/, "") ?? "";
}

describe("wrun lineage", () => {
  let bench: Bench;
  let run: string;
  beforeAll(async () => {
    bench = await openBench();
    run = String(
      jsonOf(await bench.wrun(["run", guest("hello-0.2.0"), "--allow-unsigned", "--json"]))["run"],
    );
    await bench.wrun(["run", guest("env-peek"), "--allow-unsigned"]);
  });
  afterAll(() => bench.close());

  it("lists the runs, as a table or as lines of JSON", async () => {
    const table = await bench.wrun(["lineage", "list"]);
    assertWent(table);
    assert.equal(table.stdout.trimEnd().split("\n").length, 3);
    assert.match(table.stdout, new RegExp(`^${run}  .*sealed`, "m"));
    const lines = (await bench.wrun(["lineage", "list", "--json"])).stdout.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { state: string }).state),
      ["sealed", "sealed"],
    );
  });

  it("shows what decided a denial, also where that was found out on the way: the address of a name", async (t) => {
    const own = await openBench();
    t.onTestFinished(() => own.close());
    const policy = join(own.folder, "by-name.yaml");
    const http = "{ methods: [GET], scheme: http, hosts: [localhost], ports: [80], paths: [/] }";
    const rules = [
      '{ interface: "wasi:cli/environment", env: [] }',
      '{ interface: "wasi:cli/stdout" }',
      '{ interface: "wasi:clocks/*" }',
      `{ interface: "wasi:http/outgoing-handler", http: [${http}] }`,
      '{ interface: "wasi:filesystem/*", fs: [] }',
      '{ interface: "wasi:keyvalue/store", keyvalue: [] }',
      '{ interface: "wasi:config/store", config: [] }',
      '{ interface: "wasi:logging/logging" }',
    ];
    const head = "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: by-name }\nallow:\n";
    await writeFile(policy, `${head}${rules.map((rule) => `  - ${rule}\n`).join("")}`);
    const args = ["--allow-unsigned", "--policy", policy, "--json", "--", "http=http://localhost/"];
    const ended = jsonOf(await own.wrun(["run", guest("notes"), ...args]));
    const shown = await own.wrun(["lineage", "show", String(ended["run"])]);
    assert.match(
      shown.stdout,
      /deny wasi:http\/outgoing-handler@\S+ handle \{[^\n]+\} found \{[^\n]*"address":"(?:127\.|::1)/,
    );
  });

  it("shows a run's records by the beginning of its id", async () => {
    const shown = await bench.wrun(["lineage", "show", run.slice(0, 12)]);
    assertWent(shown);
    assert.match(shown.stdout, /^ +0 {2}\S+ {2}genesis/);
    assert.match(shown.stdout, /call +allow wasi:cli\/stdout@0\.2\.0 get-stdout/);
    assert.match(shown.stdout, /intent +allow wasi:io\/[^\n]+ \(open interface\)$/m);
    assert.match(shown.stdout, /seal +over the \d+ records before it: [^\n]+\n$/);
    assertRefused(await bench.wrun(["lineage", "show", "xyz"]), "LINEAGE_RUN_PREFIX", 111);
    assertRefused(await bench.wrun(["lineage", "show", "0".repeat(31)]), "LINEAGE_RUN_PREFIX", 111);
    assertRefused(await bench.wrun(["lineage", "show", "0".repeat(32)]), "LINEAGE_RUN_UNKNOWN", 111);
    assertRefused(await bench.wrun(["lineage", "show", "../../keys"]), "LINEAGE_RUN_PREFIX", 111);
  });

  it("refuses a beginning that several runs share", async () => {
    const folder = join(bench.folder, "copies");
    const other = `${run.slice(0, 31)}${run.endsWith("0") ? "1" : "0"}`;
    for (const id of [run, other])
      await cp(join(bench.home, "lineage", run), join(folder, id), { recursive: true });
    const ended = await bench.wrun(["lineage", "show", run.slice(0, 31), "--folder", folder]);
    assertRefused(ended, "LINEAGE_RUN_PREFIX", 111);
    assert.match(ended.stderr, /could be any of 2 runs/);
  });

  it("verifies with the home's key, or elsewhere with nothing but a public key", async () => {
    assertWent(await bench.wrun(["lineage", "verify"]));
    const doctor = jsonOf(await bench.wrun(["doctor", "--json"])) as {
      findings: { subject: string; text: string }[];
    };
    const key = /for verifiers: (\S+)/.exec(
      doctor.findings.find(({ subject }) => subject === "node key")?.text ?? "",
    )?.[1];
    assert.ok(key !== undefined);
    const copy = join(bench.folder, "sent");
    await cp(join(bench.home, "lineage"), copy, { recursive: true });
    const earlier = await treeOf(copy);
    const away = { env: { WRUN_HOME: join(bench.folder, "no-home") } };
    const verified = await bench.wrun(["lineage", "verify", "--folder", copy, "--key", key], away);
    assertWent(verified);
    assert.equal(verified.stdout.match(/^ok /gm)?.length, 2);
    assert.deepEqual(await treeOf(copy), earlier, "verifying changes nothing");

    const otherKey = await strangersKey();
    const wrong = await bench.wrun(["lineage", "verify", "--folder", copy, "--key", otherKey], away);
    assertRefused(wrong, "LINEAGE_NOT_PROVEN", 117);
    assert.match(wrong.stderr, /: 2 of 2 runs are not proven$/m);
    const idsOf = (text: string): string[] => text.match(/\b[0-9a-f]{32}\b/g) ?? [];
    const listed = await bench.wrun(["lineage", "list"]);
    assert.deepEqual(idsOf(verified.stdout), idsOf(listed.stdout), "both are in the order of the runs");
    const edited = await bench.wrun(["lineage", "verify", "--key", `x${key}`]);
    assertRefused(edited, "LINEAGE_KEY_MALFORMED", 110);
  });

  it("reports every run, also where an entry that is named like one is a link that leads nowhere", async () => {
    const folder = join(bench.folder, "linked");
    await cp(join(bench.home, "lineage"), folder, { recursive: true });
    const [loop, dangling] = ["0".repeat(32), "1".repeat(32)];
    await symlink(loop, join(folder, loop));
    await symlink("nowhere", join(folder, dangling));
    const ended = await bench.wrun(["lineage", "verify", "--folder", folder]);
    assertRefused(ended, "LINEAGE_NOT_PROVEN", 117);
    assert.equal(ended.stdout.match(/^ok /gm)?.length, 2);
    for (const id of [loop, dangling]) assert.match(ended.stdout, new RegExp(`^fail +${id} `, "m"));
  });

  it("shows no record as signed that only claims to be", async () => {
    const folder = join(bench.folder, "claimed");
    await cp(join(bench.home, "lineage", run), join(folder, run), { recursive: true });
    const otherKey = await strangersKey();
    const show = async (...more: readonly string[]) => {
      const ended = await bench.wrun(["lineage", "show", run, "--folder", folder, ...more]);
      assertWent(ended);
      return ended.stdout;
    };
    const heads = async (...more: readonly string[]) => {
      const lines = (await show("--json", ...more)).trimEnd().split("\n");
      return [...new Set(lines.map((line) => (JSON.parse(line) as { underHead: unknown }).underHead))];
    };
    assert.deepEqual(await heads(), [true]);
    assert.doesNotMatch(await show(), /from here on/);
    assert.deepEqual(await heads("--key", otherKey), [false]);
    assert.match(await show("--key", otherKey), /^ +--- from here on: nothing is signed [^\n]+\n +0 /);
    await writeFile(join(folder, run, "checkpoint"), "x\n3\nAAAA\n");
    assert.deepEqual(await heads(), [false]);
    assert.match(await show(), /^ +--- from here on: nothing is signed [^\n]+\n +0 /);
    const away = { env: { WRUN_HOME: join(bench.folder, "no-home") } };
    const shown = await bench.wrun(["lineage", "show", run, "--folder", folder, "--json"], away);
    assert.match(shown.stdout, /"underHead":null/);
  });

  it("says of a folder that holds no runs what it is, and what was meant", async () => {
    const one = join(bench.home, "lineage", run);
    for (const verb of [["list"], ["verify"], ["verify", run], ["show", run]]) {
      const ofRun = await bench.wrun(["lineage", ...verb, "--folder", one]);
      assertRefused(ofRun, "LINEAGE_FOLDER_WITHOUT_RUNS", 111);
      assert.ok(ofRun.stderr.includes(`--folder ${join(bench.home, "lineage")}, and the run: ${run}.`));
      const ofHome = await bench.wrun(["lineage", ...verb, "--folder", bench.home]);
      assertRefused(ofHome, "LINEAGE_FOLDER_WITHOUT_RUNS", 111);
      assert.ok(ofHome.stderr.includes(`--folder ${join(bench.home, "lineage")}.`));
    }
    assertRefused(
      await bench.wrun(["lineage", "verify", "--folder", join(bench.folder, "data")]),
      "LINEAGE_FOLDER_WITHOUT_RUNS",
      111,
    );
    const json = await bench.wrun(["lineage", "verify", "--folder", one, "--json"]);
    assert.equal((jsonOf(json)["error"] as { code: string }).code, "LINEAGE_FOLDER_WITHOUT_RUNS");
    const file = await bench.wrun(["lineage", "verify", "--folder", join(one, "000000.seg")]);
    assertRefused(file, "FILE_UNREADABLE", 118);
  });

  it("does not call a folder that is not there verified", async () => {
    for (const verb of ["list", "verify"]) {
      assertRefused(await bench.wrun(["lineage", verb, "--folder", "nowhere"]), "FILE_UNREADABLE", 118);
    }
  });

  it("finds a bit that was flipped, and says where", async () => {
    const folder = join(bench.folder, "tampered");
    await cp(join(bench.home, "lineage"), folder, { recursive: true });
    const segment = join(folder, run, "000000.seg");
    const bytes = await readFile(segment);
    bytes.writeUInt8(bytes.readUInt8(1200) ^ 1, 1200);
    await writeFile(segment, bytes);
    const ended = await bench.wrun(["lineage", "verify", "--folder", folder]);
    assertRefused(ended, "LINEAGE_NOT_PROVEN", 117);
    assert.match(ended.stdout, new RegExp(`^fail +${run}`, "m"));
    assert.doesNotMatch(ended.stdout, /foreign/, "it is this node's, and says what it is not");
    assert.match(ended.stdout, /000000\.seg byte \d+, record \d+: /);
    assert.match(ended.stdout, /^ok /m, "the other run still verifies");
    const shown = await bench.wrun(["lineage", "show", run, "--folder", folder]);
    assertRefused(shown, "LINEAGE_BROKEN", 117);
  });
});

describe("wrun policy", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
    await writeFile(join(bench.folder, "p.yaml"), policy);
  });
  afterAll(() => bench.close());

  it("checks a policy, and whether a component could start under it", async () => {
    assertWent(await bench.wrun(["policy", "check", "p.yaml"]));
    const fits = await bench.wrun(["policy", "check", "p.yaml", guest("hello-0.2.0")]);
    assertWent(fits);
    assert.match(
      fits.stdout,
      /^warn +p\.yaml:6 /m,
      "a rule that the component cannot use is named with its line",
    );
    const lacks = await bench.wrun(["policy", "check", "p.yaml", guest("notes")]);
    assertRefused(lacks, "IMPORT_NOT_GRANTED", 112);
    assert.match(lacks.stderr, /- interface: wasi:keyvalue\/store/);
    const inspected = await bench.wrun(["inspect", guest("notes"), "--policy", "p.yaml", "--json"]);
    const { refused } = jsonOf(inspected) as { refused: { import: string }[] };
    assert.ok(refused.some((item) => item.import.startsWith("wasi:keyvalue/store@")));
  });

  it("explains a decision, rule by rule", async () => {
    const ask = ["policy", "explain", "p.yaml", "wasi:filesystem/types@0.2.6", "[method]descriptor.open-at"];
    const about = (path: string): string[] => [
      "--fact",
      "root=data",
      "--fact",
      `path=${path}`,
      "--fact",
      "right=read",
    ];
    const allowed = jsonOf(await bench.wrun([...ask, ...about("/in/a"), "--json"]));
    assert.deepEqual([allowed["verdict"], allowed["rule"]], ["allow", "inputs"]);
    const denied = await bench.wrun([...ask, ...about("/in/secret/a")]);
    assertWent(denied);
    assert.match(denied.stdout, /^denied by the rule no-secret, and the run is ended \(trap\)$/m);
    const nobody = await bench.wrun([...ask, ...about("/out")]);
    assert.match(nobody.stdout, /^denied: no rule allows it$/m);
    assert.match(nobody.stdout, /prefix: "\/out"/, "the lines that would allow it");
    const unknown = await bench.wrun(["policy", "explain", "p.yaml", "wasi:filesystem/typs", "x"]);
    assertRefused(unknown, "CLI_USAGE", 110);
    assertRefused(await bench.wrun([...ask, "--fact", "root"]), "CLI_OPTION_INVALID", 110);
    const misspelt = await bench.wrun([...ask, "--fact", "rot=data"]);
    assertRefused(misspelt, "CLI_OPTION_INVALID", 110);
    assert.match(misspelt.stderr, /^next: .* one of root, path, right, /m);
    const factless = ["policy", "explain", "p.yaml", "wasi:cli/stdout", "get-stdout"];
    assertWent(await bench.wrun(factless));
    assertRefused(await bench.wrun([...factless, "--fact", "root=data"]), "CLI_USAGE", 110);
    const partly = await bench.wrun([...ask, "--fact", "root=data"]);
    assertWent(partly);
    assert.doesNotMatch(partly.stdout, /undefined/);
  });

  it("warns of a policy that is not in force", async () => {
    const validity = (keys: string): string => policy.replace("limits:", `validity: { ${keys} }\nlimits:`);
    const check = async (keys: string): Promise<readonly [string, unknown]> => {
      await writeFile(join(bench.folder, "timed.yaml"), validity(keys));
      const text = await bench.wrun(["policy", "check", "timed.yaml"]);
      assertWent(text);
      const json = await bench.wrun(["policy", "check", "timed.yaml", "--json"]);
      return [/^warn.*$/m.exec(text.stdout)?.[0] ?? "none", jsonOf(json)["validity"]];
    };
    const ended = "it ended at 2001-01-01T00:00:00.000Z";
    assert.deepEqual(await check('notAfter: "2001-01-01T00:00:00Z"'), [
      `warn  nothing starts under it: ${ended}`,
      { valid: false, why: ended },
    ]);
    const early = "it is not valid before 2999-01-01T00:00:00.000Z";
    assert.deepEqual(await check('notBefore: "2999-01-01T00:00:00Z"'), [
      `warn  nothing starts under it before 2999-01-01T00:00:00.000Z: ${early}`,
      { valid: false, why: early },
    ]);
    assert.deepEqual(await check('notAfter: "2999-01-01T00:00:00Z"'), ["none", { valid: true }]);
  });

  it("refuses a rule about a folder that a run is not given, where it is said what is given", async () => {
    const call = ["wasi:filesystem/types", "[method]descriptor.open-at", "--fact", "root=data"];
    for (const command of [
      ["policy", "check", "p.yaml"],
      ["policy", "explain", "p.yaml", ...call],
    ]) {
      assertWent(await bench.wrun([...command, "--dir", "./data::/data"]));
      const other = await bench.wrun([...command, "--dir", "./data::/date"]);
      assertRefused(other, "POLICY_ROOT_MISSING", 111);
      assert.match(
        other.stderr,
        /p\.yaml:\d+:\d+ the rule \S+ names the file root "data".*did you mean "date"/,
      );
    }
    const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--policy", "p.yaml"];
    assertRefused(await bench.wrun(run), "POLICY_ROOT_MISSING", 111);
    assertRefused(await bench.wrun(["serve", guest("greeter"), ...run.slice(2)]), "POLICY_ROOT_MISSING", 111);
    assert.deepEqual(await treeOf(join(bench.home, "lineage")), []);
    assertWent(await bench.wrun([...run, "--dir", "./data::/data"]));
  });

  it("names the line of every mistake, and starts nothing under such a policy", async () => {
    const started = await treeOf(join(bench.home, "lineage"));
    const mistakes: readonly (readonly [string, string, string])[] = [
      ["an unknown key", policy.replace("metadata:", "metdata:"), "POLICY_KEY_UNKNOWN"],
      ["a key that is there twice", `${policy}kind: Policy\n`, "POLICY_KEY_DUPLICATE"],
      ["an alias", policy.replace("{ name: p }", "&a { name: p }"), "POLICY_YAML_FEATURE"],
      ["a limit without a unit", policy.replace("30s", "30"), "POLICY_VALUE_INVALID"],
      ["a bracket too many", policy.replace("limits:", "limits: ]"), "POLICY_SYNTAX"],
    ];
    for (const [what, text, code] of mistakes) {
      await writeFile(join(bench.folder, "bad.yaml"), text);
      const checked = await bench.wrun(["policy", "check", "bad.yaml"]);
      assertRefused(checked, code, 111);
      assert.match(checked.stderr, /bad\.yaml:\d+:\d+/, what);
      const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--policy", "bad.yaml"];
      assertRefused(await bench.wrun(run), code, 111);
    }
    const both = policy.replace("30s", "30").replace("allow:", 'allow:\n  - { interface: "wasi:cli/exitt" }');
    await writeFile(join(bench.folder, "bad.yaml"), both);
    const checked = await bench.wrun(["policy", "check", "bad.yaml"]);
    assertRefused(checked, "POLICY_MISTAKES", 111);
    assert.match(checked.stderr, /2 mistakes:\n +bad\.yaml:\d+:\d+ .*30[^]*\n +bad\.yaml:\d+:\d+ .*exitt/);
    assert.deepEqual(await treeOf(join(bench.home, "lineage")), started);
  });
});

describe("wrun doctor", () => {
  it("is content with a whole home, and names what is wrong with another", async () => {
    const bench = await openBench();
    try {
      const healthy = await bench.wrun(["doctor"]);
      assertWent(healthy);
      const { findings } = jsonOf(await bench.wrun(["doctor", "--json"])) as {
        findings: { subject: string }[];
      };
      assert.deepEqual(
        findings.map(({ subject }) => subject),
        [
          "Node",
          "system",
          "clock",
          "disk",
          "home",
          "node key",
          "authority key",
          "publisher key",
          "trust policy",

          "revocations",
          "clang",
          "wasi-libc",
          "skopeo",
        ],
      );
      await writeFile(join(bench.home, "revocations.jws"), "not a list");
      const broken = await bench.wrun(["doctor"]);
      assertRefused(broken, "DOCTOR_FOUND_PROBLEMS", 118);
      assert.match(broken.stdout, /^fail +revocations: /m);
      const missing = await bench.wrun(["doctor"], { env: { WRUN_HOME: join(bench.folder, "nowhere") } });
      assertRefused(missing, "DOCTOR_FOUND_PROBLEMS", 118);
      assert.match(missing.stdout, /^fail +home: there is no wrun home[^\n]*\n +Run wrun init/m);
      assertNoTrace(missing);
    } finally {
      await bench.close();
    }
  });
});

const policy = `apiVersion: wrun/v1
kind: Policy
metadata: { name: p }
limits: { wall: 30s }
allow:
  - { id: inputs, interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /in, rights: [read] }] }
  - { id: output, interface: "wasi:cli/stdout" }
deny:
  - id: no-secret
    interface: wasi:filesystem/types
    fs: [{ root: data, prefix: /in/secret }]
    onViolation: trap
`;
