export { watchTrust } from "./monitor.js";
export type { TrustMonitor, WatchTrustOptions } from "./monitor.js";
export type { RevocationKeys, RevocationList } from "./revocation-list.js";
export { addRevocation, initRevocations, loadRevocations, releaseWorkload } from "./revocation-store.js";
export type { RevocationChange } from "./revocation-store.js";
export { inForce, notRevoked, refuseUnlessHolding } from "./trust-fact.js";
export type { TrustFact, TrustMoment } from "./trust-fact.js";
export { openTrustSource } from "./trust-source.js";
export type { TrustClock, TrustSource, TrustSourceOptions } from "./trust-source.js";
export { attachTrustWord, createTrustWord, monotonicNow } from "./trust-word.js";
export type { TrustWord } from "./trust-word.js";
export type {
  RevocationEntry,
  RevocationKind,
  RevocationLookup,
  TrustSignal,
  TrustSignalKind,
  TrustState,
} from "./types.js";
