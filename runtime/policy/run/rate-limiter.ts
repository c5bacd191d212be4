import type { Rate } from "../manifest/manifest.js";
import type { PolicyManifest } from "../manifest/parse-policy.js";

/** Token buckets, one for each rule that has a rate, full at the start. */
export interface RateLimiter {
  /** Takes a token if there is one. `nowNs` is monotonic; a rule without a rate always has room. */
  take(ruleId: string | null, nowNs: bigint): boolean;
  /** Whether {@link take} can refuse: the rule has a rate, or there is no such rule. */
  isLimited(ruleId: string): boolean;
}

export function createRateLimiter(policy: { readonly manifest: PolicyManifest }): RateLimiter {
  const buckets = new Map<string, TokenBucket | undefined>();
  for (const { id, rate } of [...policy.manifest.allow, ...policy.manifest.deny]) {
    buckets.set(id, rate === undefined ? undefined : new TokenBucket(rate));
  }
  return {
    take(ruleId, nowNs) {
      if (ruleId === null) return true;
      if (!buckets.has(ruleId)) return false;
      return buckets.get(ruleId)?.take(nowNs) ?? true;
    },
    isLimited: (ruleId) => !buckets.has(ruleId) || buckets.get(ruleId) !== undefined,
  };
}

/**
 * A token bucket kept as one instant: when the bucket will be full again (the generic cell rate algorithm of
 * ITU-T I.371). Times are nanoseconds multiplied by the rate, so that one token is exactly 10⁹ and nothing is rounded.
 */
class TokenBucket {
  readonly #perSecond: bigint;
  readonly #capacity: bigint;
  #fullAt: bigint | undefined;

  constructor({ perSecond, burst }: Rate) {
    this.#perSecond = BigInt(perSecond);
    this.#capacity = BigInt(burst) * token;
  }

  take(nowNs: bigint): boolean {
    const now = nowNs * this.#perSecond;
    const fullAt = this.#fullAt === undefined || this.#fullAt < now ? now : this.#fullAt;
    // A clock that goes back makes the wait longer, never shorter.
    if (fullAt + token - now > this.#capacity) return false;
    this.#fullAt = fullAt + token;
    return true;
  }
}

const token = 1_000_000_000n;
