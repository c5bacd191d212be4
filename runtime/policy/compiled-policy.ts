import type { ComponentType } from "../component/wit-types.js";
import type { Digest } from "../digest.js";
import { type Unlinkable, unlinkableImports } from "./check-imports.js";
import type { PolicyContracts } from "./contracts.js";
import type { PolicyManifest } from "./manifest/parse-policy.js";
import { type Decider, compileDecider } from "./match/decide.js";
import { type Explanation, traceRules } from "./match/explain.js";
import { type SubjectClaims, type SubjectVerdict, subjectAllows } from "./run/subject.js";
import { type ValidityVerdict, nextChange, validAt } from "./run/validity.js";
import type { CallArguments, CallSite, Decision, Facts } from "./types.js";
import { type PolicyWarning, warningsFor } from "./warnings.js";

/**
 * A policy that has passed every check and can decide. The only way to one is {@link compilePolicy}; the same bytes
 * and contracts give the same decisions, in this thread or another.
 */
export class CompiledPolicy {
  readonly manifest: PolicyManifest;
  readonly #contracts: PolicyContracts;
  readonly #decider: Decider;

  private constructor(manifest: PolicyManifest, contracts: PolicyContracts) {
    this.manifest = manifest;
    this.#contracts = contracts;
    this.#decider = compileDecider(manifest, contracts);
    Object.freeze(this);
  }

  /** @internal see {@link compilePolicy} */
  static compile(manifest: PolicyManifest, contracts: PolicyContracts): CompiledPolicy {
    return new CompiledPolicy(manifest, contracts);
  }

  /** SHA-256 of the exact bytes. */
  get digest(): Digest {
    return this.manifest.digest;
  }

  /** The exact bytes; a copy. */
  get bytes(): Uint8Array {
    return this.manifest.bytes;
  }

  /** Deny rules first, then allow rules; no match is a denial, and so is an error on the way. Never throws. */
  decide(site: CallSite, facts: Facts | undefined, args?: CallArguments): Decision {
    return this.#decider.decide(site, facts, args);
  }

  /** The denial of a call about which not even the facts could be found out. */
  denyUndecided(site: CallSite, cause: string): Decision {
    return this.#decider.denyUndecided(site, cause);
  }

  /** Whether a rule on this function has argument rules, so that `decide` needs the call's arguments. */
  looksAtArguments(site: CallSite): boolean {
    return this.#decider.looksAtArguments(site);
  }

  /** What keeps a component with these imports from being linked; empty if nothing does. */
  unlinkable(imports: ComponentType["imports"]): readonly Unlinkable[] {
    return unlinkableImports(imports, this.manifest, this.#contracts);
  }

  /** What of this policy a component with these imports cannot use, or never will. */
  warnings(imports: ComponentType["imports"]): readonly PolicyWarning[] {
    return warningsFor(this.manifest, this.#contracts, imports);
  }

  /** The decision, and what each rule has to say to the call. Slow; for people. */
  explain(site: CallSite, facts: Facts | undefined, args?: CallArguments): Explanation {
    const decision = this.decide(site, facts, args);
    return { decision, rules: traceRules(this.manifest, this.#contracts, site, facts, args) };
  }

  subjectAllows(claims: SubjectClaims): SubjectVerdict {
    return subjectAllows(this.manifest.subject, claims);
  }

  validAt(now: Date): ValidityVerdict {
    return validAt(this.manifest.validity, now);
  }

  /** When {@link validAt} will next change its answer; undefined if never. */
  nextChange(now: Date): Date | undefined {
    return nextChange(this.manifest.validity, now);
  }
}

/** Compiles a manifest into tables. The contracts must be those that it was parsed with. */
export function compilePolicy(manifest: PolicyManifest, contracts: PolicyContracts): CompiledPolicy {
  return CompiledPolicy.compile(manifest, contracts);
}
