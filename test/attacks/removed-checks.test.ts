import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createPublisherIdentity } from "../../runtime/authority/index.js";
import { type Arena, linkBeforehand, openArena } from "./harness.js";
import { type AttackName, attackNames, guestsUnderAttack } from "./removed-checks/attacks.js";
import { canCatch } from "./removed-checks/core-attacks.js";
import { compiled, mutateTree } from "./removed-checks/mutated-tree.js";
import { removals } from "./removed-checks/removals.js";
import type { Verdict } from "./removed-checks/stage.js";

/*
 * Shows that the tests of containment can fail: each check is taken out of a copy of the compiled code, and the attack
 * that it is there for, which comes to nothing against the code as it is, succeeds.
 */

/** How long an attacker waits for what should not happen, in milliseconds. */
const patience = 3000;
/** For one attack, with the code loaded; many share what loading takes. */
const mostMs = 60_000;
const onEngine: readonly AttackName[] = [
  "catch an error",
  "catch a trap",
  "return from a swallowed trap",
  "call again after a trap",
];

/** These look into /proc, or what holds them does. */
const onLinux: readonly AttackName[] = ["go on unrecorded", "hold a server up by standing still"];

/** Later engines assign registers in one way. */
const onNode20: readonly AttackName[] = ["have the engine ponder over registers"];

/** Why an attack cannot be carried out here; undefined where it can. */
async function obstacleTo(attack: AttackName): Promise<string | undefined> {
  if (onEngine.includes(attack) && !(await canCatch()))
    return "this engine has no legacy exception instructions";
  if (onNode20.includes(attack) && !process.versions.node.startsWith("20."))
    return "this engine has one way to assign registers";
  if (onLinux.includes(attack) && process.platform !== "linux") return "needs /proc";
  return undefined;
}

let arena: Arena;
beforeAll(async () => {
  arena = await openArena({ publisher: "Attacks Ltd" });
  const { node } = arena.runtime;
  await createPublisherIdentity(node.home, {
    name: "stranger",
    spiffeId: "spiffe://wrun.local/publisher/stranger",
    subject: { commonName: "Somebody Else Ltd" },
  });
  await linkBeforehand(arena, guestsUnderAttack);
});
afterAll(() => arena.close());

type Named = Verdict & { readonly name: string };

/** Carries the attacks out with the code in the script's tree; one that takes too long is killed, and has no verdict. */
async function attackWith(script: string, names: readonly AttackName[]): Promise<readonly Named[]> {
  const child = spawn(process.execPath, [script, arena.home, String(patience), ...names], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: mostMs + (names.length * mostMs) / 10,
    killSignal: "SIGKILL",
  });
  let said = "";
  let complained = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complained += text;
  });
  const ended = await new Promise((resolve) => {
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  const verdicts = said
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Named);
  if (verdicts.length < names.length)
    throw new Error(`${script} ended with ${String(ended)} in ${names[verdicts.length]}: ${complained}`);
  return verdicts;
}

describe("every check, and what happens without it", { concurrent: true }, () => {
  it("comes to nothing, any of these attacks, with all checks in place", async (t) => {
    const names: AttackName[] = [];
    for (const name of attackNames) {
      const obstacle = await obstacleTo(name);
      if (obstacle === undefined) names.push(name);
      else await t.annotate(`${name}: ${obstacle}`);
    }
    const script = `${compiled}test/attacks/removed-checks/attack-child.js`;
    for (const { name, succeeded, seen } of await attackWith(script, names))
      assert.equal(succeeded, false, `${name}: ${seen}`);
  });

  for (const { check, attack, edits } of removals) {
    it(`${check}: without that, a guest can ${attack}`, async (t) => {
      const obstacle = await obstacleTo(attack);
      if (obstacle !== undefined) return t.skip(obstacle);
      const { script, remove } = await mutateTree(edits);
      try {
        const [verdict] = await attackWith(script, [attack]);
        assert.ok(verdict?.succeeded === true, `it did not succeed: ${verdict?.seen}`);
      } finally {
        remove();
      }
    });
  }

  it("names an attack for each, and leaves no attack without its check", () => {
    // Two checks may stand against one attack.
    assert.deepEqual([...new Set(removals.map(({ attack }) => attack))].toSorted(), attackNames.toSorted());
  });
});
