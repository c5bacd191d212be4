import { openIoThread } from "./io/io-thread.js";
import type { Resolution } from "./io/resolve-io.js";

/** Blocks the guest's thread until the name is resolved in the I/O thread. */
export interface Resolver {
  resolve(name: string): Resolution;
}

/** The system's resolver, as an extension of the I/O thread. */
export const systemResolver = (): URL => new URL("./io/resolve-io.js", import.meta.url);

/** @param extension who resolves; only the host can choose it */
export async function openResolver(extension: URL): Promise<Resolver> {
  const thread = await openIoThread(extension);
  return { resolve: (name) => thread.call("resolve", name) as Resolution };
}
