import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import {
  type CallBody,
  commitValues,
  createRunLineage,
  type IntentBody,
  type JournalHandover,
  type LineageSigner,
  type LineageWriter,
  newRunId,
  type OutcomeBody,
  type RunId,
  type RunLineage,
} from "../../runtime/lineage/index.js";
import { takeRun } from "../../runtime/lineage/handover.js";
import { diskIo, type SegmentIo } from "../../runtime/lineage/segment-io.js";
import type { RecordBody } from "../../runtime/lineage/types.js";

export const component = `sha256:${"c0".repeat(32)}`;

/** For tests of what is written, not of what survives power loss. */
export const unsyncedIo: SegmentIo = {
  ...diskIo,
  sync: () => {},
  startSync: (_fd, done) => setImmediate(done, null),
  syncFolder: () => {},
};

export function temporaryFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(join(tmpdir(), "wrun-lineage-"));
  t.onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** PKCS #8 (RFC 8410) of an Ed25519 key, up to its seed. */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

export function newSigner(name = "node-a.example", seed: Uint8Array = randomBytes(32)): LineageSigner {
  const der = Buffer.concat([pkcs8Head, seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (x === undefined) throw new TypeError("the key has no public part");
  return { name, publicKey: Buffer.from(x, "base64url"), sign: (bytes) => sign(null, bytes, privateKey) };
}

/** The node of sample runs for which nobody names another one, the same in every process. */
export const sampleNode = newSigner("node-a.example", Buffer.alloc(32, 7));

export function startRun(
  folder: string,
  options: { segmentBytes?: number; io?: SegmentIo; signer?: LineageSigner } = {},
): RunLineage {
  const genesis = { component };
  return createRunLineage({
    folder,
    runId: newRunId(),
    genesis,
    signer: sampleNode,
    io: unsyncedIo,
    ...options,
  });
}

export function intentOf(writer: LineageWriter, counter = 0): IntentBody {
  return {
    interface: "wasi:filesystem/types@0.2.6",
    function: "[method]descriptor.open-at",
    facts: [{ root: "data", path: "/in/a.txt", rights: ["read"] }],
    sampled: [],
    decision: { verdict: "allow", rule: "read-inputs", onViolation: "deny" },
    trust: "trusted",
    clock: 1_795_000_000_000_000_123n,
    counter,
    commitment: commitValues(writer.salt, writer.nextSequence, "arguments", ["a.txt"], () => undefined),
  };
}

export function callOf(writer: LineageWriter, counter = 0): CallBody {
  const commitment = commitValues(writer.salt, writer.nextSequence, "result", [7n], () => undefined);
  return {
    ...intentOf(writer, counter),
    outcome: { kind: "returned", commitment, errorCase: null, bytesOut: 0 },
  };
}

export function outcomeOf(intent: number): OutcomeBody {
  return { intent, kind: "returned", commitment: null, errorCase: null, bytesOut: 0 };
}

/** Takes a run over and appends to it, as its writer does, with each record written at once. */
export function writerOf(handover: JournalHandover, io?: SegmentIo): LineageWriter {
  const { runId, journal, state, salt } = takeRun(handover, io === undefined ? {} : { io });
  return {
    runId,
    salt,
    get nextSequence() {
      return journal.nextSequence;
    },
    append(kind, body, durability) {
      const appended = journal.append({ kind, body } as RecordBody, durability);
      state.acknowledge(journal.nextSequence, journal.position.head);
      return appended;
    },
  };
}

/** Appends a host call's two records. */
export function recordCall(writer: LineageWriter, counter = 0): void {
  const { sequence } = writer.append("intent", intentOf(writer, counter), "written");
  writer.append("outcome", outcomeOf(sequence), "written");
}

/** A sealed run of ten records of every kind that a run without a loss has, over several segments. */
export function sealedRun(folder: string, signer: LineageSigner): RunId {
  const run = startRun(folder, { segmentBytes: 800, signer });
  run.append("authorization", { subject: "someone" }, "written");
  for (let counter = 0; counter < 3; counter++) recordCall(run, counter);
  run.append("call", callOf(run, 3), "ring");
  run.seal({ reason: "returned" }, signer);
  return run.runId;
}

export function filesOf(folder: string, runId: RunId): readonly string[] {
  return fs.readdirSync(join(folder, runId)).sort();
}

export function segmentsOf(folder: string, runId: RunId): readonly string[] {
  return filesOf(folder, runId).filter((name) => name.endsWith(".seg"));
}
