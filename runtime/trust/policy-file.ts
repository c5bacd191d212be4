import { readFile } from "node:fs/promises";
import { digestOf } from "../digest.js";

export interface PolicyFileWatch {
  /** When the last reading that found the right bytes began, ns. */
  askedNs(): bigint;
  /** What is wrong with the file; undefined where nothing is. Once it is wrong it stays so. */
  problem(): string | undefined;
  poll(): Promise<void>;
}

/** Watches that a policy's file keeps the bytes that were compiled. It was right at `askedNs`. */
export function watchPolicyFile(
  file: { readonly path: string; readonly digest: string },
  askedNs: bigint,
  now: () => bigint,
): PolicyFileWatch {
  let asked = askedNs;
  let problem: string | undefined;
  let reading = false;

  const poll = async () => {
    if (reading || problem !== undefined) return;
    reading = true;
    const startedNs = now();
    try {
      const digest = digestOf(await readFile(file.path));
      if (digest === file.digest) asked = startedNs;
      else problem = `${file.path} now has the digest ${digest}, not ${file.digest}`;
    } catch (error) {
      problem = `${file.path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
    } finally {
      reading = false;
    }
  };
  return { askedNs: () => asked, problem: () => problem, poll };
}
