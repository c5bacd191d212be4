import { closeSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, isHostCall, openHome, type SignedArtifact } from "wrun";
import { assemble } from "../../component/sample-components.js";
import { guestBytes, policyOf, recordsSoFar, rule } from "../harness.js";
import { scriptPolicy } from "../script-policy.js";
import { signedArtifact } from "../signed.js";
import { coreAttacks } from "./core-attacks.js";
import { gateAttacks } from "./gate-attacks.js";
import { engineAttacks } from "./engine-attacks.js";
import { evidenceAttacks } from "./evidence-attacks.js";
import { homeAttacks } from "./home-attacks.js";
import { lockAttacks } from "./lock-attacks.js";
import { memoryAttacks } from "./memory-attacks.js";
import { policyAttacks } from "./policy-attacks.js";
import { quietAttacks } from "./quiet-attacks.js";
import { readingAttacks } from "./reading-attacks.js";
import { servedAttacks, servingAttacks } from "./serving-attacks.js";
import {
  outlasts,
  refusalOf,
  type Stage,
  type StageOptions,
  type Verdict,
  type Watched,
  withStage,
} from "./stage.js";
import { trustAttacks } from "./trust-attacks.js";

type Attack = (stage: Stage) => Promise<Verdict>;

const short = "limits: { wall: 60s, memory: 32MiB }";
const large = "limits: { wall: 60s, memory: 256MiB }";
const files = (grant: string): string => `{ id: fs, interface: "wasi:filesystem/*", fs: [${grant}] }`;
/** What the guest `notes` links, whatever it is then granted. */
const notesRules = [
  rule.clocks,
  rule.environment,
  rule.random,
  rule.log,
  '{ id: config, interface: "wasi:config/store", config: [] }',
];

function printed({ output }: Watched, what: string): Verdict {
  const seen = output().slice(0, 300);
  return { succeeded: output().includes(what), seen };
}

async function until(condition: () => boolean, bound: number): Promise<boolean> {
  for (const end = Date.now() + bound; Date.now() < end; await sleep(10)) if (condition()) return true;
  return condition();
}

function intents(stage: Stage, run: string): { name: string; at: number }[] {
  return recordsSoFar(stage.runtime, run).flatMap((record) =>
    isHostCall(record) ? [{ name: record.body.function, at: Number(record.time / 1_000_000n) }] : [],
  );
}

/** A server on this machine, and how often it was reached. */
async function withSite(
  act: (site: { port: number; visits: () => number }) => Promise<Verdict>,
): Promise<Verdict> {
  let visits = 0;
  const server = createServer((_, response) => {
    visits += 1;
    response.end("a page");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await act({ port: (server.address() as AddressInfo).port, visits: () => visits });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A folder to give away, beside a secret. */
async function folders(stage: Stage): Promise<string> {
  const data = join(stage.folder, "data");
  await mkdir(join(data, "in"), { recursive: true });
  await mkdir(join(data, "private"));
  await writeFile(join(stage.folder, "secret.txt"), "SECRET!");
  await writeFile(join(data, "private", "salaries.txt"), "SECRET!");
  await symlink("../../secret.txt", join(data, "in", "link"));
  return data;
}

async function readWithNotes(stage: Stage, path: string, grant: string): Promise<Verdict> {
  const host = await folders(stage);
  const came = await stage.run("notes", {
    policy: policyOf([...notesRules, rule.http, rule.keyvalue, files(grant)], large),
    args: ["notes", `file=${path}`],
    roots: [{ name: "data", host, guest: "/data" }],
  });
  return printed(came, "7 characters");
}

async function roam(stage: Stage, hosts: string, more: string): Promise<Verdict> {
  return withSite(async ({ port, visits }) => {
    const web = `{ id: web, interface: "wasi:http/outgoing-handler", http: { methods: [GET], scheme: http, hosts: ${hosts}, ports: [${port}], paths: ["/"]${more} } }`;
    await stage.run("http-roam", {
      policy: policyOf([rule.clocks, rule.environment, web], large),
      args: ["http-roam", "only", `local=${port}`],
    });
    return { succeeded: visits() > 0, seen: `${visits()} visits` };
  });
}

async function startSigned(
  stage: Stage,
  change: (artifact: SignedArtifact) => SignedArtifact | Promise<SignedArtifact>,
): Promise<Verdict> {
  const artifact = await change(await signedArtifact(stage.home, "hello-0.2.12"));
  const refusal = await refusalOf(() =>
    stage.run("hello-0.2.12", { component: { kind: "artifact", artifact } }),
  );
  return { succeeded: refusal === undefined, seen: refusal ?? "it ran" };
}

const stageAttacks = {
  ...engineAttacks,
  ...evidenceAttacks,
  ...lockAttacks,
  ...memoryAttacks,
  ...readingAttacks,
  ...trustAttacks,
  ...homeAttacks,
  ...quietAttacks,
  ...servedAttacks,
  ...policyAttacks,
  "call on while the supervisor hangs": async (stage) => {
    const { run } = await stage.enter("fork-bomb-handles", {
      policy: policyOf(
        [rule.clocks, rule.environment, rule.http],
        "trust: { maxStaleness: 300ms }\nlimits: { wall: 60s, memory: 32MiB, hostCalls: 100000000 }",
      ),
      args: ["fork-bomb-handles", "3"],
    });
    await until(() => intents(stage, run.id).length > 20, 20_000);
    const end = Date.now() + 2000;
    while (Date.now() < end);
    const late = intents(stage, run.id).filter(({ at }) => at > end - 1000).length;
    run.stop("the attack is over");
    const { outcome } = await run.finished;
    const seen = `${late} calls in the last second of the stall, then ${JSON.stringify(outcome)}`;
    return { succeeded: late > 0, seen };
  },
  "open a bucket that was not granted": async (stage) => {
    const came = await stage.run("odd-strings", {
      policy: policyOf([rule.environment, rule.keyvalue, rule.log]),
      args: ["odd-strings", "0"],
      keyvalueFolder: join(stage.folder, "keyvalue"),
    });
    return printed(came, "open ok");
  },
  "go on unrecorded": async (stage) => {
    let chunks = 0;
    const { run } = await stage.enter("stdout-flood", {
      policy: policyOf([], "limits: { wall: 60s, hostCalls: 100000000, bytesOut: 1024GiB }"),
      onOutput(_stream, _bytes, done) {
        chunks += 1;
        done();
      },
    });
    await until(() => chunks > 20, 20_000);
    const segment = join(openHome(stage.home).lineage, run.id, "000000.seg");
    for (const fd of readdirSync("/proc/self/fd")) {
      try {
        if (readlinkSync(`/proc/self/fd/${fd}`) === segment) closeSync(Number(fd));
      } catch {
        // Gone meanwhile.
      }
    }
    // What was on its way is at most a megabyte, 256 chunks.
    const before = chunks;
    await Promise.race([run.finished, until(() => chunks > before + 1000, 20_000)]);
    run.stop("the attack is over");
    await run.finished.catch(() => undefined);
    return { succeeded: chunks > before + 1000, seen: `${chunks - before} calls without a record` };
  },
  "act before it is recorded": async (stage) => {
    // The call that it makes takes an hour, so that there is time to look.
    const { run, output } = await stage.enter("blocked-pollable", { policy: policyOf([rule.clocks]) });
    await until(() => output().includes("waiting"), 20_000);
    const isRecorded = await until(
      () => intents(stage, run.id).some(({ name }) => name === "[method]pollable.block"),
      stage.patience,
    );
    run.stop("the attack is over");
    await run.finished;
    return { succeeded: !isRecorded, seen: `on record while it happens: ${isRecorded}` };
  },
  "call beyond its budget": async (stage) => {
    const { report, run } = await stage.run("fork-bomb-handles", {
      policy: policyOf(
        [rule.clocks, rule.environment, rule.http],
        "limits: { wall: 2s, memory: 32MiB, hostCalls: 50 }",
      ),
      args: ["fork-bomb-handles", "3"],
    });
    const made = intents(stage, run.id).length;
    return { succeeded: made > 60, seen: `${made} calls; ${report.outcome.kind}` };
  },
  "drop a handle that it never had": async (stage) => {
    const came = await stage.run("forge-handle", {
      policy: policyOf([rule.environment, rule.input, rule.http]),
      args: ["forge-handle", "6"],
    });
    return printed(came, "survived");
  },
  "grow its memory without end": async (stage) => {
    const { output } = await stage.run("grow-memory");
    const pages = Number(/memory (\d+) pages/.exec(output())?.[1]);
    return { succeeded: pages > 512, seen: `${pages} pages` };
  },
  "grow its tables without end": async (stage) => {
    const { output } = await stage.run("grow-tables", {
      policy: policyOf([], "limits: { wall: 60s, memory: 32MiB, tableElements: 1000 }"),
    });
    const entries = Number(/table (\d+) entries/.exec(output())?.[1]);
    return { succeeded: entries > 1000, seen: `${entries} entries` };
  },
  "have many instances of one memory": async (stage) => {
    const bytes = await assemble(`(component
      (core module $filler (memory 16))
      ${"(core instance (instantiate $filler))\n".repeat(8)}
      (core module $code (func (export "ok") (result i32) (i32.const 1)))
      (core instance $code (instantiate $code))
      (func $ok (result u32) (canon lift (core func $code "ok")))
      (export "ok" (func $ok)))`);
    const { report } = await stage.run("many", {
      component: { kind: "bytes", name: "many", bytes, allowUnsigned: true },
      policy: policyOf([], "limits: { wall: 60s, memory: 4MiB }"),
      invocation: { kind: "function", text: "ok()" },
    });
    return { succeeded: report.outcome.kind === "returned", seen: report.outcome.kind };
  },
  "leave its folder by a path": (stage) =>
    readWithNotes(stage, "/data/../secret.txt", "{ root: data, prefix: /, rights: [read] }"),
  "leave its folder by a link": (stage) =>
    readWithNotes(stage, "/data/in/link", "{ root: data, prefix: /, rights: [read] }"),
  "read beside what was granted": (stage) =>
    readWithNotes(stage, "/data/private/salaries.txt", "{ root: data, prefix: /in, rights: [read] }"),
  "reach this machine by a name": (stage) => roam(stage, "[localhost]", ""),
  "reach an address that was not decided on": (stage) =>
    roam(stage, "[localhost]", ', addresses: ["127.0.0.2"]'),
  "read the environment": async (stage) => {
    const came = await stage.run("env-peek", {
      policy: policyOf(['{ id: env, interface: "wasi:cli/environment", env: [REGION] }']),
      env: { REGION: "eu-1", PASSWORD: "hunter2" },
    });
    return printed(came, "hunter2");
  },
  "start with an import that was not granted": async (stage) => {
    const refusal = await refusalOf(() => stage.run("env-peek", { env: { REGION: "eu-1" } }));
    return { succeeded: refusal === undefined, seen: refusal ?? "it ran" };
  },
  "send a string that is none": async (stage) => {
    const came = await stage.run("odd-strings", {
      policy: policyOf([rule.environment, rule.keyvalue, rule.log]),
      args: ["odd-strings", "2"],
      keyvalueFolder: join(stage.folder, "keyvalue"),
    });
    return printed(came, "log done");
  },
  "call out of its own realloc": async (stage) => {
    const came = await stage.run("bad-realloc", {
      policy: policyOf([rule.environment]),
      args: ["bad-realloc", "5"],
    });
    return printed(came, "inside realloc");
  },
  "send a list that lies outside its memory": async (stage) => {
    const came = await stage.run("bad-realloc", {
      policy: policyOf([rule.environment]),
      args: ["bad-realloc", "6"],
    });
    return printed(came, "survived");
  },
  "send a list that fills the heap": async (stage) => {
    const came = await stage.run("deep-values", {
      policy: policyOf(
        [rule.clocks, rule.environment, rule.http, rule.input, rule.keyvalue, rule.random],
        "limits: { wall: 60s, memory: 64MiB }",
      ),
      args: ["deep-values", "9"],
      keyvalueFolder: join(stage.folder, "keyvalue"),
    });
    return printed(came, "survived");
  },
  "compute for ever": async (stage) =>
    outlasts(await stage.enter("spin", { policy: policyOf([], "limits: { wall: 300ms }") }), stage.patience),
  "flood a reader that does not read": async (stage) => {
    let received = 0;
    const { run } = await stage.enter("stdout-flood", {
      policy: policyOf([], "limits: { wall: 60s, hostCalls: 100000000, bytesOut: 1024GiB }"),
      onOutput(_stream, bytes) {
        received += bytes.length;
      },
    });
    await until(() => received > 1 << 21, stage.patience);
    run.stop("the attack is over");
    await run.finished;
    return { succeeded: received > 1 << 21, seen: `${received} bytes that nobody took` };
  },
  "flood whoever listens with entries of its log": async (stage) => {
    let received = 0;
    const { run } = await stage.enter("script", {
      policy: scriptPolicy({ limits: "hostCalls: 100000000, bytesOut: 1024GiB, lineage: 8GiB, " }),
      args: ["script", 'const text = "x".repeat(16000); for (;;) logging.log("info", "c", text);'],
      onEvent(event) {
        if (event.type !== "log") return;
        received += event.message.length;
        // Never passed on.
        return new Promise(() => undefined);
      },
    });
    await until(() => received > 1 << 23, stage.patience);
    run.stop("the attack is over");
    await run.finished;
    return { succeeded: received > 1 << 23, seen: `${received} characters that nobody took` };
  },
  "run though nobody signed it": async (stage) => {
    const refusal = await refusalOf(async () =>
      stage.run("hello", {
        component: {
          kind: "bytes",
          name: "hello",
          bytes: await guestBytes("hello-0.2.12"),
          allowUnsigned: false,
        },
      }),
    );
    return { succeeded: refusal === undefined, seen: refusal ?? "it ran" };
  },
  "run with a signature that was changed": (stage) =>
    startSigned(stage, (artifact) => ({
      ...artifact,
      envelopes: artifact.envelopes.map(({ mediaType, bytes }) => {
        const envelope = JSON.parse(Buffer.from(bytes).toString()) as { signature: string };
        const signature = `${envelope.signature.startsWith("A") ? "B" : "A"}${envelope.signature.slice(1)}`;
        return { mediaType, bytes: Buffer.from(JSON.stringify({ ...envelope, signature })) };
      }),
    })),
  "run with the signature of somebody who is not trusted": (stage) =>
    startSigned(stage, async () => signedArtifact(stage.home, "hello-0.2.12", "stranger")),
  "run with the signature of something else": (stage) =>
    startSigned(stage, async (artifact) => {
      const other = await signedArtifact(stage.home, "hello-0.2.0");
      return { ...other, envelopes: artifact.envelopes };
    }),
  "run other bytes than those that were signed": (stage) =>
    startSigned(stage, (artifact) => {
      // One letter of what it prints: the same length, and still a component.
      const bytes = Buffer.from(artifact.componentBytes);
      const at = bytes.indexOf("hello");
      bytes.write("j", at);
      return { ...artifact, componentBytes: bytes };
    }),
  "start after its revocation": async (stage) => {
    await stage.runtime.revoke({
      kind: "component",
      id: digestOf(await guestBytes("hello-0.2.12")),
      reason: "for the test",
    });
    const refusal = await refusalOf(() => stage.run("hello-0.2.12"));
    return { succeeded: refusal === undefined, seen: refusal ?? "it was started" };
  },
  "go on after its revocation": async (stage) => {
    const watched = await stage.enter("spin", { policy: policyOf([], short) });
    await stage.runtime.revoke({
      kind: "component",
      id: digestOf(await guestBytes("spin")),
      reason: "for the test",
    });
    return outlasts(watched, stage.patience);
  },
  "go on when the revocations are gone": async (stage) => {
    const watched = await stage.enter("spin", {
      policy: policyOf([], `trust: { maxStaleness: 300ms }\n${short}`),
    });
    const { revocations } = openHome(stage.home);
    await writeFile(revocations, readFileSync(revocations).subarray(1));
    return outlasts(watched, stage.patience);
  },
  "go on under a policy that was changed": async (stage) => {
    const path = join(stage.folder, "policy.yaml");
    await writeFile(path, policyOf([], short));
    const watched = await stage.enter("spin", { policy: policyOf([], short), policyPath: path });
    await writeFile(path, `${await readFile(path, "utf8")}# more\n`);
    return outlasts(watched, stage.patience);
  },
  "come back from quarantine": async (stage) => {
    const attempt = () =>
      stage.run("odd-strings", {
        policy: policyOf([rule.environment, rule.keyvalue, rule.log]).concat(
          'deny:\n  - { id: "no", interface: "wasi:logging/logging", onViolation: quarantine }\n',
        ),
        args: ["odd-strings", "7"],
        keyvalueFolder: join(stage.folder, "keyvalue"),
      });
    await attempt();
    const refusal = await refusalOf(attempt);
    return { succeeded: refusal === undefined, seen: refusal ?? "it was started again" };
  },
} as const satisfies Record<string, Attack>;

const needs: Partial<Record<string, Partial<StageOptions>>> = {
  "drop a handle that it never had": { cold: true },
  "reach an address that was not decided on": {
    hostPackages: new URL("./rebinding-packages.js", import.meta.url),
  },
};

const bareAttacks = { ...coreAttacks, ...gateAttacks, ...servingAttacks };

export type AttackName = keyof typeof bareAttacks | keyof typeof stageAttacks;
export const attackNames = [...Object.keys(bareAttacks), ...Object.keys(stageAttacks)] as AttackName[];

/** Every guest that an attack runs, to be linked beforehand. */
export const guestsUnderAttack = [
  "bad-realloc",
  "bad-service",
  "blocked-pollable",
  "deep-values",
  "env-peek",
  "forge-handle",
  "fork-bomb-handles",
  "grow-memory",
  "grow-tables",
  "hello-0.2.0",
  "hello-0.2.12",
  "http-roam",
  "notes",
  "odd-strings",
  "script",
  "spin",
  "stdout-flood",
  "web",
] as const;

/** Carries an attack out against the code that this file was loaded beside. */
export function attack(name: AttackName, options: StageOptions): Promise<Verdict> {
  if (name in bareAttacks) return bareAttacks[name as keyof typeof bareAttacks]();
  const act: Attack = stageAttacks[name as keyof typeof stageAttacks];
  return withStage({ ...options, ...needs[name] }, act);
}
