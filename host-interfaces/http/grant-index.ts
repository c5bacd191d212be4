import {
  createAddressSet,
  createHostTable,
  createPathTable,
  type Facts,
  isAddressLiteral,
  type OrderedGrant,
  type PatternTable,
  type RuleEffect,
} from "../../runtime/host-contract.js";

type PatternSet = ReturnType<typeof createAddressSet>;

/** In a `deny` rule, what is left out means any. */
export interface HttpGrant {
  readonly methods?: readonly string[] | undefined;
  readonly scheme?: Scheme | readonly Scheme[] | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly ports?: readonly number[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly addresses?: readonly string[] | undefined;
}
type Scheme = "http" | "https";

/** The grants that agree in host, door and path: what is left to look at is the address. */
interface Leaf {
  /** The lowest order that covers a request before its address is known, or any public address of it. */
  readonly unaddressed: number;
  readonly addressed: PatternSet;
}
/** Method, scheme and port as one key; `*` for any. */
type Doors = ReadonlyMap<string, PatternTable<Leaf>>;

const any = "*";
const defaultPort = { http: 80, https: 443 } as const;

/** Host, then method, scheme and port, then path, then address: no step looks at the rules one by one. */
export function compileHttpGrants(
  grants: readonly OrderedGrant<HttpGrant>[],
  effect: RuleEffect,
): (facts: Facts) => number {
  // In a denial, "any host" includes addresses, which no pattern of a host table covers.
  const coversAll = ({ grant }: OrderedGrant<HttpGrant>): boolean =>
    grant.hosts === undefined || (effect === "deny" && grant.hosts.includes(any));
  const everywhere = effect === "deny" ? grants.filter(coversAll) : [];
  const byHost = createHostTable(
    grants.flatMap((item) => (item.grant.hosts ?? []).map((pattern) => ({ pattern, item }))),
    (items) => compileDoors(items, effect),
  );
  const anyHost = compileDoors(everywhere, effect);

  return (facts) => {
    const { host, path } = facts;
    const isWhole = typeof host === "string" && typeof path === "string";
    // Of a request that cannot be made something may be known: a denial that asks for no more covers it.
    if (!isWhole && effect === "allow") return -1;
    let lowest = Infinity;
    for (const doors of [...(typeof host === "string" ? byHost.find(host) : []), anyHost]) {
      for (const key of doorsTo(facts)) {
        for (const leaf of doors.get(key)?.find(typeof path === "string" ? path : "/") ?? []) {
          lowest = Math.min(lowest, orderIn(leaf, facts, effect));
        }
      }
    }
    return lowest === Infinity ? -1 : lowest;
  };
}

function compileDoors(grants: readonly OrderedGrant<HttpGrant>[], effect: RuleEffect): Doors {
  const byKey = new Map<string, OrderedGrant<HttpGrant>[]>();
  for (const item of grants) {
    for (const key of doorsOf(item.grant, effect)) byKey.set(key, [...(byKey.get(key) ?? []), item]);
  }
  return new Map(
    [...byKey].map(([key, items]) => [
      key,
      createPathTable(
        items.flatMap((item) => (item.grant.paths ?? ["/"]).map((pattern) => ({ pattern, item }))),
        (covering) => compileLeaf(covering, effect),
      ),
    ]),
  );
}

function doorsOf({ methods, scheme, ports }: HttpGrant, effect: RuleEffect): string[] {
  const schemes = scheme === undefined ? [any] : [scheme].flat();
  return schemes.flatMap((one) =>
    (ports ?? portsWithout(one, effect)).flatMap((port) =>
      (methods ?? [any]).map((method) => doorKey(method, one, port)),
    ),
  );
}

function portsWithout(scheme: string, effect: RuleEffect): readonly (number | string)[] {
  if (effect === "deny") return [any];
  return scheme === "http" || scheme === "https" ? [defaultPort[scheme]] : [];
}

/** Under which keys a request may be covered. */
function doorsTo({ method, scheme, port }: Facts): string[] {
  const keys: string[] = [];
  for (const one of [method, any]) {
    for (const two of [scheme, any]) for (const three of [port, any]) keys.push(doorKey(one, two, three));
  }
  return keys;
}

function doorKey(method: unknown, scheme: unknown, port: unknown): string {
  return JSON.stringify([method, scheme, port]);
}

function compileLeaf(grants: readonly OrderedGrant<HttpGrant>[], effect: RuleEffect): Leaf {
  // An allowance says which addresses are welcome beside the public ones; a denial with addresses is about those alone.
  const general = effect === "allow" ? grants : grants.filter(({ grant }) => grant.addresses === undefined);
  const addressed = grants.flatMap(({ grant, order }) =>
    (grant.addresses ?? []).map((pattern) => ({ pattern, order })),
  );
  return {
    unaddressed: general.reduce((least, { order }) => Math.min(least, order), Infinity),
    addressed: createAddressSet(addressed, effect),
  };
}

function orderIn(leaf: Leaf, facts: Facts, effect: RuleEffect): number {
  const { address, addressClass, host } = facts;
  if (address === undefined) return leaf.unaddressed;
  if (typeof address !== "string") return effect === "allow" ? Infinity : leaf.unaddressed;
  // Whoever wrote the address itself as the host has granted it: no pattern covers an address but its own name.
  const isNamed = address === host && isAddressLiteral(address);
  const isWelcome = effect === "deny" || addressClass === "public" || isNamed;
  const order = leaf.addressed.order(address);
  return Math.min(isWelcome ? leaf.unaddressed : Infinity, order < 0 ? Infinity : order);
}
