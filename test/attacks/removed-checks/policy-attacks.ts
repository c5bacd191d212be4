import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { scriptPolicy, type ScriptRules } from "../script-policy.js";
import type { Stage, Verdict } from "./stage.js";

/* Attacks on what a policy means, by a guest that does what a script says. */

/** Runs a script in a folder of its own; it says `done` once it has what it wanted. */
function says(stage: Stage, rules: ScriptRules, script: string): Promise<Verdict> {
  return saysUnder(stage, scriptPolicy(rules), script);
}

async function saysUnder(stage: Stage, policy: string, script: string): Promise<Verdict> {
  const data = join(stage.folder, "data");
  await mkdir(data, { recursive: true });
  const { output, report } = await stage.run("script", {
    policy,
    args: ["script", `const [[root] = []] = getDirectories(); const b = store.open("b"); ${script}`],
    roots: [{ name: "data", host: data, guest: "/data" }],
    keyvalueFolder: join(stage.folder, "keyvalue"),
  });
  const seen = `${output().slice(0, 300)} ${report.outcome.kind}`;
  return { succeeded: output().includes("done"), seen };
}

const everything = "prefix: /, rights: [read, write, create, delete, list]";
const files = (grant: string): string =>
  `{ interface: "wasi:filesystem/types", fs: [{ root: data, ${grant} }] }`;
const keyvalue = (access: string): string =>
  `{ interface: "wasi:keyvalue/*", keyvalue: [{ bucket: b, access: ${access} }] }`;
const keys = (pattern: string, more = ""): string =>
  `{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: b, keys: ["${pattern}"], access: [write] }]${more} }`;

/** A policy that lets {@link passesUnder} do what it does, but for what is denied. */
export function policyDenying(...deny: readonly string[]): string {
  return scriptPolicy({ allow: [keys("*")], deny });
}

/** Goes on under a policy that denies all that it does, to some reader, where the policy is taken. */
export async function passesUnder(stage: Stage, policy: string): Promise<Verdict> {
  try {
    return await saysUnder(stage, policy, 'batch.setMany(b, [["k", bytes("x")]]); print("done");');
  } catch (error) {
    return { succeeded: false, seen: String(error) };
  }
}

/** The same under a denial that is written down, and denies nothing. */
export function passes(stage: Stage, deny: string): Promise<Verdict> {
  return passesUnder(stage, policyDenying(deny));
}

export const policyAttacks = {
  "pass by a denial of a function that is not there": (stage: Stage) =>
    passes(stage, '{ interface: "wasi:keyvalue/batch", functions: [set-all] }'),
  "pass by a denial with a star that is none": (stage: Stage) =>
    passes(stage, '{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: "*", access: [write] }] }'),
  "pass by a denial of a word that none of its calls meets": (stage: Stage) =>
    passes(stage, '{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: b, access: [list] }] }'),
  "pass by a denial of a right that its functions do not ask for": (stage: Stage) =>
    passes(
      stage,
      '{ interface: "wasi:filesystem/types", functions: ["[method]descriptor.write"], fs: [{ root: data, rights: [read] }] }',
    ),
  "pass by a denial of a port where a name is looked up": (stage: Stage) =>
    passes(
      stage,
      '{ interface: "wasi:sockets/ip-name-lookup", net: [{ hosts: [a.example], ports: [443] }] }',
    ),
  "pass by a denial that contradicts itself": (stage: Stage) =>
    passes(stage, '{ interface: "wasi:keyvalue/store", args: [{ path: identifier, equals: b, prefix: c }] }'),
  "pass by a denial whose parts contradict each other": (stage: Stage) =>
    passes(
      stage,
      '{ interface: "wasi:keyvalue/store", args: [{ path: identifier, equals: b }, { path: identifier, equals: c }] }',
    ),
  // One argument that is not there makes a denial of everything; with another that says "no", it is one of nothing.
  "pass by a denial with an argument that is not there": (stage: Stage) =>
    passes(
      stage,
      '{ interface: "wasi:keyvalue/batch", functions: [set-many], args: [{ path: kyes, maxLength: 9 }, { path: key-values, maxLength: 0 }] }',
    ),
  "pass by a denial of a number below zero": (stage: Stage) =>
    passes(stage, '{ interface: "wasi:random/random", args: [{ path: len, max: -1 }] }'),
  "pass by a denial of an address as a host": (stage: Stage) =>
    passes(stage, '{ interface: "wasi:http/outgoing-handler", http: { hosts: ["127.0.0.1"] } }'),
  "pass by a denial of what only looks like a key": (stage: Stage) => passes(stage, keys("s\u0435cret/*")),
  "write below a denial of a root that is not there": (stage: Stage) =>
    passes(
      stage,
      '{ interface: "wasi:filesystem/types", fs: [{ root: daat, prefix: /, rights: [write, create] }] }',
    ),
  "hide behind a rule without a rate": (stage: Stage) =>
    says(
      stage,
      { allow: [keys("free/*"), keys("paid/*", ", rate: { perSecond: 1, burst: 1 }")] },
      `const one = (i) => batch.setMany(b, [["free/x", bytes("x")], ["paid/" + i, bytes("x")]]);
       if (count(20, one) === 20) print("done");`,
    ),
  "carry bytes out in targets of links": (stage: Stage) =>
    says(
      stage,
      { allow: [files(everything)], limits: "bytesOut: 8kB, " },
      'if (count(20, (i) => root.symlinkAt("s/".repeat(1000) + "x", "l" + i)) === 20) print("done");',
    ),
  "ask for what is denied with a NUL besides": (stage: Stage) =>
    says(
      stage,
      {
        allow: [files(everything)],
        deny: [
          '{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /secret }], onViolation: trap }',
        ],
      },
      'count(1, () => root.unlinkFileAt("secret/a\\0b")); print("done");',
    ),
  "plant a link over a denied path": (stage: Stage) =>
    says(
      stage,
      { allow: [files(everything)], deny: [files("prefix: /conf/app.yaml")] },
      'root.createDirectoryAt("mine"); root.symlinkAt("mine", "conf"); print("done");',
    ),
  "rename what a denial of one function covers": (stage: Stage) =>
    says(
      stage,
      {
        allow: [files(everything)],
        deny: [
          '{ interface: "wasi:filesystem/types", functions: ["[method]descriptor.open-at"], fs: [{ root: data, prefix: /private }] }',
        ],
      },
      `root.createDirectoryAt("private"); root.renameAt("private", root, "public"); print("done");`,
    ),
  "read a key by a function that a denial does not name": (stage: Stage) =>
    says(
      stage,
      {
        allow: [keyvalue("[read, write]")],
        deny: [
          '{ interface: "wasi:keyvalue/*", functions: ["[method]bucket.get"], keyvalue: [{ bucket: b, keys: [k], access: [read] }] }',
        ],
      },
      `b.set("k", bytes("x")); batch.getMany(b, ["k"]); print("done");`,
    ),
  "read a denied key through another interface": (stage: Stage) =>
    says(
      stage,
      {
        allow: [keyvalue("[read, write]")],
        deny: [
          '{ interface: "wasi:keyvalue/store", keyvalue: [{ bucket: b, keys: ["secret/*"], access: [read] }] }',
        ],
      },
      `b.set("secret/k", bytes("x")); batch.getMany(b, ["secret/k"]); print("done");`,
    ),
  "write a denied file as a stream": (stage: Stage) =>
    says(
      stage,
      {
        allow: [files(everything)],
        deny: [
          '{ interface: "wasi:filesystem/types", functions: ["[method]descriptor.write"], fs: [{ root: data, prefix: /kept }] }',
        ],
      },
      `root.openAt({}, "kept", { create: true }, { write: true }).writeViaStream(0); print("done");`,
    ),
  "put content where writing is denied": (stage: Stage) =>
    says(
      stage,
      { allow: [files(everything)], deny: [files("prefix: /hooks, rights: [write]")] },
      `root.createDirectoryAt("hooks");
       root.openAt({}, "mine", { create: true }, { write: true }).write(bytes("evil"), 0);
       root.renameAt("mine", root, "hooks/pre"); print("done");`,
    ),
} as const;
