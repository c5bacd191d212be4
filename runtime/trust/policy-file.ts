import { readFile } from "node:fs/promises";
import { digestOf } from "../digest.js";
import { isPassing } from "./passing-failure.js";

export interface PolicyFileWatch {
  /** When the last reading that found the right bytes began, ns. */
  askedNs(): bigint;
  /** What is wrong with the file; undefined where nothing is. Once it is wrong it stays so. */
  problem(): string | undefined;
  /** Why the last reading told nothing, for a lack of descriptors for example; undefined where it told something. */
  failure(): string | undefined;
  poll(): Promise<void>;
}

/**
 * Watches that a policy's file keeps the bytes that were compiled. It was right at `askedNs`. What cannot be read for the
 * moment is no change; it moves nothing, and whoever asks sees by {@link PolicyFileWatch.askedNs} how old the answer is.
 */
export function watchPolicyFile(
  file: { readonly path: string; readonly digest: string },
  askedNs: bigint,
  now: () => bigint,
  read: (path: string) => Promise<Uint8Array> = readFile,
): PolicyFileWatch {
  let asked = askedNs;
  let problem: string | undefined;
  let failure: string | undefined;
  let reading = false;

  const poll = async () => {
    if (reading || problem !== undefined) return;
    reading = true;
    const startedNs = now();
    try {
      const digest = digestOf(await read(file.path));
      failure = undefined;
      if (digest === file.digest) asked = startedNs;
      else problem = `${file.path} now has the digest ${digest}, not ${file.digest}`;
    } catch (error) {
      const reason = `${file.path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
      if (isPassing(error)) failure = reason;
      else problem = reason;
    } finally {
      reading = false;
    }
  };
  return { askedNs: () => asked, problem: () => problem, failure: () => failure, poll };
}
