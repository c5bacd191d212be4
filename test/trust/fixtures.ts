import type { TestContext } from "vitest";
import {
  createAuthorityIdentity,
  createNodeIdentity,
  type Ed25519Identity,
  type Home,
} from "../../runtime/authority/index.js";
import { digestOf } from "../../runtime/digest.js";
import { initRevocations, type RevocationKeys, type TrustClock } from "../../runtime/trust/index.js";
import { temporaryHome } from "../authority/temporary-home.js";

export const at = new Date("2026-01-01T00:00:00Z");
export const publisherKeyId = digestOf("publisher key");
export const componentDigest = digestOf("component");
export const policyDigest = digestOf("policy");
export const workload = "spiffe://example.org/workload/w";
export const authorizationId = "0123456789abcdef0123456789abcdef";

export interface TrustStage {
  readonly home: Home;
  readonly authority: Ed25519Identity;
  readonly node: Ed25519Identity;
  readonly keys: RevocationKeys;
}

/** A home with an empty revocation list. */
export function trustStage(t: TestContext): TrustStage {
  const home = temporaryHome(t);
  const authority = createAuthorityIdentity(home, { spiffeId: "spiffe://example.org/authority/a" });
  const node = createNodeIdentity(home, { spiffeId: "spiffe://example.org/node/one" });
  initRevocations(home, { signer: authority.signer, now: at });
  return { home, authority, node, keys: new Map([[authority.keyId, authority.publicKey]]) };
}

export interface FakeClock extends TrustClock {
  /** Lets time pass on both clocks. */
  readonly pass: (ms: number) => void;
  /** Sets the wall clock alone. */
  readonly setWall: (ms: number) => void;
}

export function fakeClock(): FakeClock {
  let wall = at.getTime();
  let monotonic = 1_000_000_000n;
  return {
    wallMs: () => wall,
    monotonicNs: () => monotonic,
    pass: (ms) => {
      wall += ms;
      monotonic += BigInt(ms) * 1_000_000n;
    },
    setWall: (ms) => {
      wall = ms;
    },
  };
}

/** For a test that waits for what a source's own timers do: those do not keep a process alive. */
export function keepAlive(t: TestContext): void {
  const timer = setInterval(() => undefined, 1000);
  t.onTestFinished(() => clearInterval(timer));
}
