import {
  createAddressSet,
  createHostTable,
  type Facts,
  type OrderedGrant,
  type PatternTable,
  type RuleEffect,
} from "../../runtime/host-contract.js";

type PatternSet = ReturnType<typeof createAddressSet>;

/** In a `deny` rule, what is left out means any. */
export interface NetGrant {
  readonly hosts?: readonly string[] | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly ports?: readonly number[] | undefined;
  readonly protocols?: readonly ("tcp" | "udp")[] | undefined;
  readonly direction?: readonly ("connect" | "bind" | "listen")[] | undefined;
}

type Grants = readonly OrderedGrant<NetGrant>[];

/** The grants that agree in protocol, direction and port. */
interface Door {
  /** Covers every endpoint; denials only. */
  readonly anywhere: number;
  readonly addresses: PatternSet;
  readonly hosts: PatternTable<HostLeaf>;
}

interface HostLeaf {
  /** The lowest order that covers an address of the host if it is public, or itself the host that was named. */
  readonly welcome: number;
  readonly addresses: PatternSet;
}

const any = "*";

/** Protocol, direction and port; then the address and the names that it was found under. */
export function compileNetGrants(grants: Grants, effect: RuleEffect): (facts: Facts) => number {
  const doors = new Map<string, Door>();
  for (const [key, items] of groupByDoor(grants)) doors.set(key, compileDoor(items, effect));
  const resolving = compileDoor(
    grants.filter((item) => coversResolving(item.grant, effect)),
    effect,
  );

  return (facts) => {
    const order =
      facts["direction"] === "resolve"
        ? orderOfName(resolving, facts["host"])
        : Math.min(...doorsTo(facts).map((key) => orderBehind(doors.get(key), facts, effect)));
    return order === Infinity ? -1 : order;
  };
}

/** A name is looked up in order to connect to it. A denial of one port or protocol leaves the others to be looked up. */
function coversResolving({ direction, ports, protocols, addresses }: NetGrant, effect: RuleEffect): boolean {
  if (direction !== undefined && !direction.includes("connect")) return false;
  if (effect === "allow") return true;
  const isAnyProtocol = protocols === undefined || (protocols.includes("tcp") && protocols.includes("udp"));
  return isAnyProtocol && ports === undefined && addresses === undefined;
}

function orderOfName(door: Door, host: unknown): number {
  if (typeof host !== "string") return door.anywhere;
  return Math.min(door.anywhere, ...door.hosts.find(host).map(({ welcome }) => welcome));
}

function orderBehind(door: Door | undefined, facts: Facts, effect: RuleEffect): number {
  const { address, addressClass, names } = facts;
  if (door === undefined || typeof address !== "string") return Infinity;
  const orders = [door.anywhere, found(door.addresses.order(address))];
  // A host may be given as an address; the grant is then of that address, whatever its class.
  for (const host of [address, ...(Array.isArray(names) ? names : [])]) {
    for (const leaf of typeof host === "string" ? door.hosts.find(host) : []) {
      const isWelcome = effect === "deny" || addressClass === "public" || host === address;
      orders.push(isWelcome ? leaf.welcome : Infinity, found(leaf.addresses.order(address)));
    }
  }
  return Math.min(...orders);
}

function compileDoor(items: Grants, effect: RuleEffect): Door {
  const anywhere = items.filter(
    ({ grant: { hosts, addresses } }) =>
      effect === "deny" && addresses === undefined && (hosts === undefined || hosts.includes(any)),
  );
  return {
    anywhere: lowest(anywhere),
    addresses: addressSet(
      items.filter(({ grant }) => grant.hosts === undefined),
      effect,
    ),
    hosts: createHostTable(
      items.flatMap((item) => (item.grant.hosts ?? []).map((pattern) => ({ pattern, item }))),
      (named) => ({
        // A denial of a host at some addresses is about those alone.
        welcome: lowest(named.filter(({ grant }) => effect === "allow" || grant.addresses === undefined)),
        addresses: addressSet(named, effect),
      }),
    ),
  };
}

function addressSet(items: Grants, effect: RuleEffect): PatternSet {
  const patterns = items.flatMap(({ grant, order }) =>
    (grant.addresses ?? []).map((pattern) => ({ pattern, order })),
  );
  return createAddressSet(patterns, effect);
}

function groupByDoor(grants: Grants): Map<string, OrderedGrant<NetGrant>[]> {
  const groups = new Map<string, OrderedGrant<NetGrant>[]>();
  for (const item of grants) {
    const { protocols = [any], direction = [any], ports = [any] } = item.grant;
    for (const protocol of protocols) {
      for (const way of direction) {
        for (const port of ports) {
          const key = doorKey(protocol, way, port);
          groups.set(key, [...(groups.get(key) ?? []), item]);
        }
      }
    }
  }
  return groups;
}

/** Under which keys an endpoint may be covered. */
function doorsTo({ protocol, direction, port }: Facts): string[] {
  const keys: string[] = [];
  for (const one of [protocol, any]) {
    for (const two of [direction, any]) for (const three of [port, any]) keys.push(doorKey(one, two, three));
  }
  return keys;
}

function doorKey(protocol: unknown, direction: unknown, port: unknown): string {
  return JSON.stringify([protocol, direction, port]);
}

function lowest(items: Grants): number {
  return items.reduce((least, { order }) => Math.min(least, order), Infinity);
}

function found(order: number): number {
  return order < 0 ? Infinity : order;
}
