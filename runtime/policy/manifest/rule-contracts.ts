import { WrunError } from "../../errors/index.js";
import type { GrantWords, InterfaceContract, PolicyContracts } from "../contracts.js";
import type { ManifestDocument, ManifestEntry, ManifestNode } from "./document.js";
import { interfacesOf, isWildcard, packageOf, withoutVersion } from "./interface-pattern.js";
import { type NodePath, pathText } from "./issues.js";
import type { PolicyRule } from "./manifest.js";
import { checkArguments } from "./rule-arguments.js";
import { didYouMean, nearest } from "../../nearest.js";

interface Place {
  readonly node: ManifestNode;
  readonly grants: readonly ManifestEntry[];
  readonly path: NodePath;
  readonly contracts: PolicyContracts;
  readonly document: ManifestDocument;
}

type Reached = readonly (readonly [name: string, contract: InterfaceContract])[];

/**
 * Holds a rule against the contracts: it names something that exists, an `allow` says everything that it must,
 * and nothing in it would be without effect.
 */
export function checkAgainstContracts(rule: PolicyRule, place: Place): void {
  const reached = interfacesOf(rule.interface, place.contracts);
  if (reached.length === 0) throw unknownInterface(rule, place);
  refuseMisplacedGrants(rule, reached, place);
  refuseUnknownFunctions(rule, reached, place);
  refuseUnmetWords(rule, reached, place);
  checkArguments(
    rule,
    reached.map(([, contract]) => contract),
    place,
  );
  if (rule.effect === "allow") checkAllow(rule, reached, place);
  else checkDeny(rule, place);
}

function checkAllow(rule: PolicyRule, reached: Reached, place: Place): void {
  for (const [name, { authority, grant }] of reached) {
    if (authority === "none" || grant === undefined || rule.grants.has(grant.key)) continue;
    throw new WrunError("POLICY_GRANT_MISSING", { ...at(place), interface: name, key: grant.key });
  }
  if (reached.some(([, contract]) => contract.authority === "granted")) return;
  if (rule.functions === undefined && rule.args.length === 0 && rule.grants.size === 0) return;
  throw new WrunError("POLICY_RULE_INEFFECTIVE", {
    ...at(place),
    reason: `${rule.interface} is open to every guest, so an allow rule cannot narrow it`,
    fix: "Write a deny rule for what must not be called.",
  });
}

function checkDeny(rule: PolicyRule, place: Place): void {
  const emptyGrant = [...rule.grants].find(([, grants]) => grants.length === 0)?.[0];
  const empty = emptyGrant ?? (rule.functions?.length === 0 ? "functions" : undefined);
  if (empty !== undefined) {
    throw new WrunError("POLICY_RULE_INEFFECTIVE", {
      ...at(place, empty),
      reason: `an empty list under "${empty}" denies nothing`,
      fix: `Remove "${empty}" to deny all of ${rule.interface}, or list what is denied.`,
    });
  }
  if (rule.rate !== undefined) {
    throw new WrunError("POLICY_RULE_INEFFECTIVE", {
      ...at(place, "rate"),
      reason: "a deny rule lets nothing through whose rate could be measured",
      fix: "Put the rate on the allow rule.",
    });
  }
}

/** A key is at home where one of the interfaces that the rule reaches has its kind (for an allow: and needs a grant). */
function refuseMisplacedGrants(rule: PolicyRule, reached: Reached, place: Place): void {
  const keys = new Set(
    reached
      .filter(([, { authority }]) => rule.effect === "deny" || authority === "granted")
      .flatMap(([, { grant }]) => (grant === undefined ? [] : [grant.key])),
  );
  const stray = [...rule.grants.keys()].find((key) => !keys.has(key));
  if (stray === undefined) return;
  const fits =
    keys.size === 0
      ? `A rule for ${rule.interface} carries no constraint of this sort; functions, args and rate work on any interface.`
      : `A rule for ${rule.interface} carries ${[...keys].map((key) => `"${key}"`).join(" and ")}.`;
  throw new WrunError("POLICY_GRANT_MISPLACED", {
    ...at(place, stray),
    key: stray,
    interface: rule.interface,
    fits,
  });
}

/** A function that no interface of the rule has is called by nobody: a deny of it would look like one and deny nothing. */
function refuseUnknownFunctions(rule: PolicyRule, reached: Reached, place: Place): void {
  const known = new Set<string>();
  for (const [, { functions }] of reached) {
    if (functions === undefined) return;
    for (const name of functions) known.add(name);
  }
  const unknown = rule.functions?.find((name) => !known.has(name));
  if (unknown === undefined) return;
  // People leave out what WIT writes before the name of a method.
  const methods = new Map([...known].map((name) => [name.slice(name.indexOf(".") + 1), name]));
  const meant = nearest(unknown, [...known, ...methods.keys()]);
  throw new WrunError("POLICY_FUNCTION_UNKNOWN", {
    ...at(place, "functions"),
    name: unknown,
    interface: rule.interface,
    hint: meant === undefined ? "" : `; did you mean "${methods.get(meant) ?? meant}"?`,
    known: [...known].join(", ") || "none",
  });
}

/**
 * A word that no call which the rule is about can meet (`udp` of a TCP socket): a deny of it would look like one and deny nothing.
 * A list of all words that there are says "any", as does leaving it out.
 */
function refuseUnmetWords(rule: PolicyRule, reached: Reached, place: Place): void {
  for (const { key, value } of place.grants) {
    const met = wordsMet(rule, reached, key);
    const all = wordsMet({ ...rule, functions: undefined }, [...place.contracts], key);
    if (met === undefined || all === undefined) continue;
    const grants = value.kind === "sequence" ? value.items : [value];
    for (const grant of grants) {
      for (const entry of grant.kind === "mapping" ? grant.entries : []) {
        const words = wordsUnder(met, entry.key);
        if (words === undefined || isComplete(entry, all)) continue;
        refuseUnmetWord(rule, entry, words, place);
      }
    }
    if (rule.effect === "deny" && grants.length > 0 && met.length === 0) {
      throw new WrunError("POLICY_RULE_INEFFECTIVE", {
        ...at(place, key),
        reason: `the functions that it names touch nothing that "${key}" could look at`,
        fix: `Remove "${key}" to deny these functions, or name those that touch something.`,
      });
    }
  }
}

function refuseUnmetWord(
  rule: PolicyRule,
  { key, value }: ManifestEntry,
  words: ReadonlySet<string>,
  place: Place,
): void {
  const given = value.kind === "sequence" ? value.items : [value];
  const unmet = given.find((item) => item.kind === "scalar" && !words.has(String(item.value)));
  if (unmet?.kind !== "scalar") return;
  const what =
    rule.functions === undefined ? rule.interface : `the functions of ${rule.interface} that it names`;
  throw new WrunError("POLICY_RULE_INEFFECTIVE", {
    at: place.document.at(unmet.offset),
    where: pathText(place.path),
    reason: `"${String(unmet.value)}" under "${key}" can match no call of ${what}`,
    fix:
      words.size === 0
        ? `Remove "${key}", or name the interface that it is about.`
        : `Remove it, or name the interface or the functions that it is about. Here "${key}" takes: ${[...words].join(", ")}.`,
  });
}

/** Whether a list has every word that a call of any interface could meet. */
function isComplete({ key, value }: ManifestEntry, all: readonly GrantWords[]): boolean {
  const given = new Set(value.kind === "sequence" ? value.items.map(wordOf) : [wordOf(value)]);
  const words = new Set(all.flatMap((byKey) => byKey[key] ?? []));
  return words.size > 0 && [...words].every((word) => given.has(word));
}

function wordOf(node: ManifestNode): string {
  return node.kind === "scalar" ? String(node.value) : "";
}

/** What a call of each function that the rule is about can meet; undefined where an interface does not say. */
function wordsMet(
  { functions: named, effect }: PolicyRule,
  reached: Reached,
  grantKey: string,
): readonly GrantWords[] | undefined {
  const met: GrantWords[] = [];
  for (const [, { grant, words: ofAllow, denyWords }] of reached) {
    if (grant?.key !== grantKey) continue;
    const words = effect === "deny" ? (denyWords ?? ofAllow) : ofAllow;
    if (words === undefined) return undefined;
    for (const [name, byKey] of Object.entries(words)) if (named?.includes(name) !== false) met.push(byKey);
  }
  return met;
}

/** The words that one of these can meet under a key; undefined where that is any, and where there is none to meet it. */
function wordsUnder(met: readonly GrantWords[], key: string): ReadonlySet<string> | undefined {
  const lists = met.map((byKey) => byKey[key]).filter((words) => words !== undefined);
  return met.length > 0 && lists.length === met.length ? new Set(lists.flat()) : undefined;
}

function unknownInterface(rule: PolicyRule, place: Place): WrunError {
  const all = [...place.contracts.keys()];
  const samePackage = all.filter((name) => packageOf(name) === packageOf(rule.interface));
  const packages = new Set(
    all.map((name) => (packageOf(name) === undefined ? name : `${packageOf(name)}/…`)),
  );
  const bare = withoutVersion(rule.interface);
  const versioned = bare !== rule.interface && interfacesOf(bare, place.contracts).length > 0;
  return new WrunError("POLICY_INTERFACE_UNKNOWN", {
    ...at(place, "interface"),
    name: rule.interface,
    hint: versioned ? `; write "${bare}": rules name no versions` : didYouMean(rule.interface, all),
    known:
      [...(samePackage.length > 0 && !isWildcard(rule.interface) ? samePackage : packages)].join(", ") ||
      "none",
  });
}

function at(place: Place, key?: string): { at: string; where: string } {
  const own = place.node.kind === "mapping" ? place.node.entries : [];
  const entry = [...own, ...place.grants].find((one) => one.key === key);
  return {
    at: place.document.at(entry?.keyOffset ?? place.node.offset),
    where: pathText(place.path),
  };
}
