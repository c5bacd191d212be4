import { passes, passesUnder, policyDenying } from "./policy-attacks.js";
import type { Stage, Verdict } from "./stage.js";

/* Attacks by a denial that somebody sees in a policy, and that denies nothing: each goes on under it, where it is taken. */

const under = (deny: string) => (stage: Stage) => passes(stage, deny);

export const readingAttacks = {
  "hide a denial behind half an end of line": (stage: Stage): Promise<Verdict> =>
    passesUnder(stage, `${policyDenying()}# more\rdeny: [{ interface: "wasi:keyvalue/batch" }]\n`),
  "have a number of a denial read as two": under(
    '{ interface: "wasi:sockets/tcp", net: [{ addresses: [loopback], ports: [0100] }] }',
  ),
  "pass by a denial with a star behind its path": under(
    '{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: "/secret/*" }] }',
  ),
  "pass by a denial of a name that no file has": under(
    `{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: "/${"s".repeat(256)}" }] }`,
  ),
  "pass by a denial of a method that nobody sends": under(
    '{ interface: "wasi:http/outgoing-handler", http: { methods: [CONNECT] } }',
  ),
  "pass by a denial with a query in its path": under(
    '{ interface: "wasi:http/outgoing-handler", http: { paths: ["/in?x=1"] } }',
  ),
  "pass by a denial of half a character": under(
    '{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: b, keys: ["\\ud83d\\ude00*"], access: [write] }] }',
  ),
} as const;
