import { getArguments, getEnvironment } from "wasi:cli/environment@0.2.12";
import { get as getConfig } from "wasi:config/store@0.2.0-draft";
import { open } from "wasi:keyvalue/store@0.2.0-draft2";
import { type Level, log } from "wasi:logging/logging@0.1.0-draft";
import { locate, readFile } from "../client/files.js";
import { get, parseTarget } from "../client/http.js";
import { print } from "../client/output.js";
import { decodeText, encodeText } from "../client/text.js";
import { describeError } from "../client/wit-error.js";

// An honest tool. Each argument `STEP=VALUE` is a step, done in order; a step that is refused is reported with the
// error that the host gave, and the next one is tried.
//
//   env=NAME          reads one environment variable
//   config=KEY        reads one key of wasi:config
//   file=/PATH        reads a file
//   http=URL          fetches a page
//   store=BUCKET/KEY  writes what was read so far into wasi:keyvalue
//   load=BUCKET/KEY   reads it back
//   log=MESSAGE       writes to wasi:logging at level info
//
// Without a step it takes file=$NOTES_FILE and store=notes/latest.

/** What the steps so far have read, as one line each. */
const gathered: string[] = [];

const steps: Readonly<Record<string, (value: string) => string>> = {
  env(name) {
    const entry = getEnvironment().find(([key]) => key === name);
    if (entry === undefined) return "not set";
    gathered.push(`${name}=${entry[1]}`);
    return `'${entry[1]}'`;
  },
  config(key) {
    const value = getConfig(key) ?? undefined;
    if (value === undefined) return "not set";
    gathered.push(`${key}=${value}`);
    return `'${value}'`;
  },
  file(path) {
    const located = locate(path);
    if (located === undefined) throw new Error("no preopened folder holds it");
    const text = decodeText(readFile(located));
    gathered.push(text.trimEnd());
    return `${text.length} characters`;
  },
  http(url) {
    const { status, body } = get(parseTarget(url));
    gathered.push(`${status} ${decodeText(body).trimEnd()}`);
    return `status ${status}, ${body.length} bytes`;
  },
  store(target) {
    const [bucket, key] = split(target);
    const value = encodeText(gathered.join("\n"));
    open(bucket).set(key, value);
    return `${value.length} bytes`;
  },
  load(target) {
    const [bucket, key] = split(target);
    const value = open(bucket).get(key) ?? undefined;
    return value === undefined ? "not set" : `${value.length} bytes`;
  },
  log(message) {
    const level: Level = "info";
    log(level, "notes", message);
    return "logged";
  },
};

export const run = {
  run(): void {
    const wanted = getArguments().filter((argument) => argument.includes("="));
    for (const argument of wanted.length > 0 ? wanted : usual()) {
      print(`${argument}: ${outcome(argument)}`);
    }
  },
};

function outcome(argument: string): string {
  const at = argument.indexOf("=");
  const step = steps[argument.slice(0, at)];
  if (step === undefined) return "error: there is no such step";
  try {
    return `ok: ${step(argument.slice(at + 1))}`;
  } catch (error) {
    return `error: ${describeError(error)}`;
  }
}

function usual(): readonly string[] {
  const file = getEnvironment().find(([key]) => key === "NOTES_FILE")?.[1] ?? "/data/note.txt";
  return [`file=${file}`, "store=notes/latest"];
}

function split(target: string): readonly [string, string] {
  const at = target.indexOf("/");
  return at === -1 ? ["notes", target] : [target.slice(0, at), target.slice(at + 1)];
}
