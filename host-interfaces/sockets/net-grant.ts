import {
  type CallSite,
  type Facts,
  type GrantKind,
  quoteYaml,
  type SchemaMaker,
} from "../../runtime/host-contract.js";
import { addressPattern, deniedHostPattern, hostPattern } from "./address-pattern.js";
import { compileNetGrants, type NetGrant } from "./net-grant-index.js";

function fields(z: SchemaMaker, host = hostPattern(z)) {
  return {
    hosts: z.array(host).min(1).optional(),
    addresses: z.array(addressPattern(z)).min(1).optional(),
    ports: z.array(z.int().min(0).max(65_535)).min(1),
    protocols: z.array(z.enum(["tcp", "udp"])).min(1),
    direction: z.array(z.enum(["connect", "bind", "listen"])).min(1),
  };
}

/**
 * `net: [{ hosts: [db.example.com], ports: [5432], protocols: [tcp], direction: [connect] }]`.
 *
 * `hosts` are names that the guest has resolved; of their addresses the public ones need no word, and `addresses` adds
 * others. Without `hosts`, `addresses` is all that is granted. To bind, name the local address and the port (0 is one
 * that the system chooses). In a `deny` rule, what is left out means any, and `hosts` are names alone.
 *
 * Facts are `{ direction: "resolve", host }`, and `{ protocol, direction, address, addressClass, port, names }`.
 */
export const netGrant: GrantKind<NetGrant> = {
  key: "net",
  schema: (z) =>
    z
      .strictObject(fields(z))
      .refine(
        ({ hosts, addresses }) => hosts !== undefined || addresses !== undefined,
        "name hosts or addresses",
      ),
  denySchema: (z) => z.strictObject(fields(z, deniedHostPattern(z))).partial(),
  example: "{ hosts: [db.example.com], ports: [5432], protocols: [tcp], direction: [connect] }",
  besides: (functionName) => (sending.includes(functionName) ? sending : []),
  factNames: ["direction", "host", "protocol", "address", "addressClass", "port", "names"],
  factTypes: { names: "list", port: "number" },
  compile: compileNetGrants,
  suggest: (site, facts) => `net: [{ ${suggestion(site, facts).join(", ")} }]`,
};

/** A datagram goes to the peer of its stream, or to whom it names. */
const sending = ["[method]udp-socket.stream", "[method]outgoing-datagram-stream.send"];

/** The words of a rule that meet a call with these facts. */
export function wordsOf({ protocol, direction }: { protocol: string; direction: string }) {
  return { protocols: [protocol], direction: [direction] };
}

function suggestion(site: CallSite, facts: Facts): string[] {
  const { direction, host = "db.example.com", address = "203.0.113.7", port } = facts;
  const { protocol = site.interface === "wasi:sockets/udp" ? "udp" : "tcp" } = facts;
  const isResolving = direction === "resolve";
  return [
    isResolving ? `hosts: [${quoted(host)}]` : `addresses: [${quoted(address)}]`,
    `ports: [${typeof port === "number" ? port : 443}]`,
    `protocols: [${protocol === "udp" ? "udp" : "tcp"}]`,
    `direction: [${direction === "bind" || direction === "listen" ? direction : "connect"}]`,
  ];
}

function quoted(value: Facts[string] | undefined): string {
  return quoteYaml(typeof value === "string" ? value : "");
}
