import { type Address, type Cidr, network, parseAddress, parseCidr } from "./address.js";

/** What sort of place an address is. Everything but `public` needs a grant that names it or lies within its range. */
export type AddressClass =
  | "public"
  | "loopback"
  | "private"
  | "link-local"
  | "metadata"
  | "multicast"
  | "unspecified"
  | "reserved";

/** A class, and the length of the range that puts an address into it. */
export interface Classified {
  readonly class: AddressClass;
  readonly length: number;
}

/**
 * From IANA's registries of special-purpose addresses (RFC 6890), and the addresses under which clouds hand out
 * credentials. The longest range that holds an address decides. IPv6 is public only inside 2000::/3.
 */
const ranges: Readonly<Record<AddressClass, readonly string[]>> = {
  public: ["0.0.0.0/0", "2000::/3"],
  loopback: ["127.0.0.0/8", "::1"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"],
  "link-local": ["169.254.0.0/16", "fe80::/10"],
  metadata: [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
  ],
  multicast: ["224.0.0.0/4", "ff00::/8"],
  unspecified: ["0.0.0.0/8", "::"],
  reserved: [
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "::/0",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
  ],
};

/** IPv6 ranges that carry an IPv4 address to which a gateway forwards: NAT64 (RFC 6052) and 6to4 (RFC 3056). */
const carriers = [
  { range: "64:ff9b::/96", shift: 0n },
  { range: "2002::/16", shift: 80n },
];

export function isAddressClass(text: string): text is AddressClass {
  return Object.hasOwn(ranges, text);
}

/** The class of an address in a standard spelling; undefined if it is no address. */
export function classifyAddress(ip: string): AddressClass | undefined {
  const address = parseAddress(ip);
  return address === undefined ? undefined : classify(address).class;
}

export function classify(address: Address): Classified {
  const { special, carrying } = tables();
  const carrier = carrying.find(({ cidr }) => contains(cidr, address));
  if (carrier !== undefined) {
    const inner = classify({ bits: 32, value: (address.value >> carrier.shift) & 0xffff_ffffn });
    // A gateway's loopback is not ours: such an address is covered by a grant of its own range, not by "loopback".
    return inner.class === "public"
      ? { class: "public", length: carrier.cidr.length }
      : { class: "reserved", length: carrier.cidr.length + inner.length };
  }
  const found = special.find(({ cidr }) => contains(cidr, address));
  return found === undefined
    ? { class: "reserved", length: address.bits }
    : { class: found.class, length: found.cidr.length };
}

interface Tables {
  /** The longest range first. */
  readonly special: readonly { readonly class: AddressClass; readonly cidr: Cidr }[];
  readonly carrying: readonly { readonly cidr: Cidr; readonly shift: bigint }[];
}

let parsed: Tables | undefined;

/** The constants above, parsed when they are first needed. */
function tables(): Tables {
  parsed ??= {
    special: Object.entries(ranges)
      .flatMap(([name, texts]) => texts.map((text) => ({ class: name as AddressClass, cidr: known(text) })))
      .sort((a, b) => b.cidr.length - a.cidr.length),
    carrying: carriers.map(({ range, shift }) => ({ cidr: known(range), shift })),
  };
  return parsed;
}

function contains(cidr: Cidr, address: Address): boolean {
  return cidr.bits === address.bits && network(address, cidr.length) === cidr.value;
}

function known(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new TypeError(`${text} is not a range`);
  return cidr;
}
