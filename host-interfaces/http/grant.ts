import {
  type Facts,
  type FactValue,
  type GrantKind,
  httpPrefixProblem,
  quoteYaml,
  type SchemaMaker,
} from "../../runtime/host-contract.js";
import { addressPattern, deniedHostPattern, hostPattern } from "../sockets/address-pattern.js";
import { compileHttpGrants, type HttpGrant } from "./grant-index.js";
import { isSent } from "./target.js";

function fields(z: SchemaMaker, host = hostPattern(z)) {
  const scheme = z.enum(["http", "https"]);
  return {
    methods: z.array(sentMethod(z)).min(1),
    scheme: z.union([scheme, z.array(scheme).min(1)]),
    hosts: z.array(host).min(1),
    ports: z.array(z.int().min(1).max(65_535)).min(1),
    paths: z.array(httpPrefix(z)).min(1),
    addresses: z.array(addressPattern(z)).min(1),
  };
}

function sentMethod(z: SchemaMaker) {
  return z
    .string()
    .regex(/^[A-Z][A-Z-]{0,31}$/, "write methods in upper case")
    .refine(isSent, "no guest can send CONNECT, whatever a policy says; leave it out");
}

function httpPrefix(z: SchemaMaker) {
  return z
    .string()
    .max(1024)
    .refine((prefix) => httpPrefixProblem(prefix) === undefined, {
      error: ({ input }) => `not a path prefix: ${httpPrefixProblem(String(input))}`,
    });
}

/**
 * `http: { methods: [GET], scheme: https, hosts: [api.example.com], paths: [/v1/] }`.
 *
 * In an `allow` rule, `ports` defaults to the scheme's own. Public addresses need no word; `addresses` adds others
 * that the name may have: a range, or a class such as `loopback` or `private`. A host that is an address is its own
 * grant. In a `deny` rule, what is left out means any, and `hosts` are names alone.
 *
 * Facts are `{ method, scheme, host, port, path }`, and once more for each address of the host with
 * `{ address, addressClass }` added.
 */
export const httpGrant: GrantKind<HttpGrant> = {
  key: "http",
  schema: (z) => z.strictObject(fields(z)).partial({ ports: true, addresses: true }),
  denySchema: (z) => z.strictObject(fields(z, deniedHostPattern(z))).partial(),
  example: "{ methods: [GET], scheme: https, hosts: [api.example.com], paths: [/v1/] }",
  factNames: ["method", "scheme", "host", "port", "path", "address", "addressClass"],
  factTypes: { port: "number" },
  compile: compileHttpGrants,
  suggest: (_site, facts) => `http: { ${suggestion(facts).join(", ")} }`,
};

function suggestion(facts: Facts): string[] {
  const { method = "GET", host = "api.example.com", path = "/", port, addressClass, address } = facts;
  const isDefaultPort = port === (facts["scheme"] === "http" ? 80 : 443);
  return [
    `methods: [${quoted(method)}]`,
    `scheme: ${facts["scheme"] === "http" ? "http" : "https"}`,
    `hosts: [${quoted(host)}]`,
    ...(isDefaultPort || typeof port !== "number" ? [] : [`ports: [${port}]`]),
    `paths: [${quoted(path)}]`,
    ...(address === undefined || addressClass === "public" ? [] : [`addresses: [${quoted(address)}]`]),
  ];
}

function quoted(value: FactValue | undefined): string {
  return quoteYaml(typeof value === "string" ? value : "");
}
