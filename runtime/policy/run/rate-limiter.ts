import type { Rate } from "../manifest/manifest.js";
import type { PolicyManifest } from "../manifest/parse-policy.js";

/** Token buckets, one for each rule that has a rate, full at the start. */
export interface RateLimiter {
  /**
   * Takes a token of each of these rules, or none at all. A rule without a rate always has one.
   * @param rules each once
   * @param nowNs monotonic
   * @returns the first rule that has no token left; undefined where all had one.
   */
  take(rules: readonly string[], nowNs: bigint): string | undefined;
  /** Whether {@link take} can refuse: the rule has a rate, or there is no such rule. */
  isLimited(rule: string): boolean;
}

/** Of a rule without a rate. A rule that is not there has nothing, and is refused. */
const unlimited = null;

export function createRateLimiter(policy: { readonly manifest: PolicyManifest }): RateLimiter {
  const buckets = new Map<string, TokenBucket | typeof unlimited>();
  for (const { id, rate } of [...policy.manifest.allow, ...policy.manifest.deny]) {
    buckets.set(id, rate === undefined ? unlimited : new TokenBucket(rate));
  }
  const isLimited = (rule: string): boolean => buckets.get(rule) !== unlimited;
  return {
    isLimited,
    take(rules, nowNs) {
      const lacking = rules.find((rule) => isLimited(rule) && buckets.get(rule)?.hasRoom(nowNs) !== true);
      if (lacking === undefined) for (const rule of rules) buckets.get(rule)?.take(nowNs);
      return lacking;
    },
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

  hasRoom(nowNs: bigint): boolean {
    return this.#fullAfter(nowNs) - nowNs * this.#perSecond <= this.#capacity;
  }

  take(nowNs: bigint): void {
    this.#fullAt = this.#fullAfter(nowNs);
  }

  /** When the bucket will be full if a token is taken now. A clock that goes back makes the wait longer, never shorter. */
  #fullAfter(nowNs: bigint): bigint {
    const now = nowNs * this.#perSecond;
    return (this.#fullAt === undefined || this.#fullAt < now ? now : this.#fullAt) + token;
  }
}

const token = 1_000_000_000n;
