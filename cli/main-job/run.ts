import { isWrunError } from "../../runtime/index.js";
import { notesPolicy, withoutKeyValue } from "./policies.js";
import { type Published, pull } from "./publish.js";
import type { Reporter } from "./report.js";
import type { Stage } from "./stage.js";

/** Runs the notes guest under a policy: calls that are allowed, calls that are denied, and an import that is not granted. */
export async function runSteps(stage: Stage, published: Published, report: Reporter): Promise<void> {
  report.chapter("Run it under a policy");
  const policy = notesPolicy(stage.port);
  const artifact = await pull(published.notes);
  const lines: string[] = [];
  const denials: string[] = [];
  const url = `http://127.0.0.1:${stage.port}`;
  const result = await stage.runtime.run({
    component: { kind: "artifact", artifact },
    policy: { bytes: Buffer.from(policy), name: "notes.yaml" },
    args: [
      "notes",
      "file=/data/in/order.txt",
      "file=/data/private/salaries.txt",
      `http=${url}/prices`,
      `http=${url}/admin`,
      "store=notes/latest",
      "load=notes/latest",
    ],
    roots: [{ name: "data", host: stage.data, guest: "/data" }],
    keyvalueFolder: stage.keyvalue,
    config: { greeting: "hello" },
    env: { REGION: "eu-1" },
    onOutput(_, bytes, done) {
      lines.push(...Buffer.from(bytes).toString("utf8").split("\n").filter(Boolean));
      done();
    },
    onEvent(event) {
      if (event.type === "denied") denials.push(event.reason);
    },
  });
  for (const line of lines) report.say(`guest: ${line}`);

  const step = (argument: string): string => lines.find((line) => line.startsWith(argument)) ?? "no answer";
  const file = step("file=/data/in/order.txt");
  report.shown("an allowed call goes through", file.includes("14 characters"), file);
  const fetched = step(`http=${url}/prices`);
  report.shown(
    "an allowed request reaches its server",
    fetched.includes("status 200") && stage.requests() === 1,
    fetched,
  );
  const denied = step("file=/data/private/salaries.txt");
  report.shown("a denied call is an error to the guest", denied.includes("not-permitted"), denied);
  report.say(denials[0] ?? "no denial was reported");
  const wentOn = step("load=notes/latest");
  report.shown("and the guest goes on", wentOn.includes("bytes") && result.outcome.exitCode === 0, wentOn);

  const refusal = await refusalOf(() =>
    stage.runtime.start({
      component: { kind: "artifact", artifact },
      policy: { bytes: Buffer.from(withoutKeyValue(policy)), name: "notes-without-store.yaml" },
    }),
  );
  report.say(refusal.next);
  report.shown(
    "a denied import is refused before start",
    refusal.code === "IMPORT_NOT_GRANTED" && refusal.next.includes("wasi:keyvalue/store"),
    refusal.message,
  );
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** What an attempt was refused with; one that was not refused says so. */
export async function refusalOf(attempt: () => Promise<unknown>): Promise<Refusal> {
  try {
    await attempt();
    return { code: "none", message: "it was not refused", next: "" };
  } catch (error) {
    if (!isWrunError(error)) throw error;
    return { code: error.code, message: error.message, next: error.next };
  }
}
