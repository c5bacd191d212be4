import { lookup } from "node:dns/promises";
import { extensionOf } from "./io-thread.js";

/** What the operation `resolve` answers: addresses in the order of preference, or the resolver's code. */
export type Resolution =
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  | { readonly kind: "failed"; readonly code: string };

const patienceMilliseconds = 10_000;
/** More addresses than this are not a host but an attempt to make every call expensive. */
const mostAddresses = 64;

/** An extension of the I/O thread: the system's resolver. It runs nowhere else. */
export default function create() {
  return extensionOf({ resolve });
}

async function resolve(name: string): Promise<Resolution> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Resolution>((settle) => {
    timer = setTimeout(() => settle({ kind: "failed", code: "ETIMEOUT" }), patienceMilliseconds);
  });
  try {
    return await Promise.race([ask(name), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(name: string): Promise<Resolution> {
  try {
    const found = await lookup(name, { all: true, verbatim: true });
    return { kind: "addresses", addresses: found.slice(0, mostAddresses).map(({ address }) => address) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "EAI_FAIL";
    return { kind: "failed", code };
  }
}
