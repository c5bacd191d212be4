import { readFileSync } from "node:fs";
import { endianness } from "node:os";

/** The two ends of a TCP connection, as `Socket` of `node:net` names them; without them once it is gone. */
export interface ConnectionEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

const tables = { 4: "/proc/net/tcp", 6: "/proc/net/tcp6" } as const;

/**
 * How many bytes the kernel keeps of what was written on a connection, because the other side has not acknowledged them.
 * Undefined where nothing tells: Linux alone has these tables, in `proc_net_tcp.txt` of its documentation.
 */
export function readSendQueue(ends: ConnectionEnds): number | undefined {
  const entry = entryOf(ends);
  if (entry === undefined) return undefined;
  try {
    return findSendQueue(readFileSync(tables[entry.version], "latin1"), ends);
  } catch {
    return undefined;
  }
}

/** @param table the text of `/proc/net/tcp` or `/proc/net/tcp6` of a machine with this byte order */
export function findSendQueue(
  table: string,
  ends: ConnectionEnds,
  order: "LE" | "BE" = endianness(),
): number | undefined {
  const entry = entryOf(ends, order);
  const at = entry === undefined ? -1 : table.indexOf(entry.text);
  if (entry === undefined || at === -1) return undefined;
  // Behind the two ends: the state, and the two queues.
  const queue = /^[0-9A-F]{2} ([0-9A-F]{8}):/.exec(
    table.slice(at + entry.text.length, at + entry.text.length + 12),
  );
  return queue?.[1] === undefined ? undefined : Number.parseInt(queue[1], 16);
}

/** How the table for its version of IP names the connection. */
function entryOf(
  { localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds,
  order: "LE" | "BE" = endianness(),
): { readonly version: 4 | 6; readonly text: string } | undefined {
  if (localAddress === undefined || remoteAddress === undefined) return undefined;
  if (localPort === undefined || remotePort === undefined) return undefined;
  const [local, remote] = [bytesOf(localAddress), bytesOf(remoteAddress)];
  const end = (address: Buffer, port: number): string => `${addressText(address, order)}:${hex(port, 4)}`;
  return {
    version: local.length === 4 ? 4 : 6,
    text: ` ${end(local, localPort)} ${end(remote, remotePort)} `,
  };
}

/** Words of 32 bits, each printed as the number that this machine sees in it. */
function addressText(address: Buffer, order: "LE" | "BE"): string {
  let text = "";
  for (let at = 0; at < address.length; at += 4)
    text += hex(order === "LE" ? address.readUInt32LE(at) : address.readUInt32BE(at), 8);
  return text;
}

/** 4 or 16 bytes. An IPv4 client of an IPv6 socket stays the 16 that it is there: `::ffff:192.0.2.1`. */
function bytesOf(address: string): Buffer {
  const [text = ""] = address.split("%", 1);
  if (!text.includes(":")) return Buffer.from(text.split(".").map(Number));
  const [before = "", after = ""] = text.split("::");
  const [head, tail] = [groupBytes(before), groupBytes(after)];
  return Buffer.concat([head, Buffer.alloc(Math.max(0, 16 - head.length - tail.length)), tail]);
}

/** The last group of an IPv6 address may be a whole IPv4 address. */
function groupBytes(groups: string): Buffer {
  const bytes = groups
    .split(":")
    .filter(Boolean)
    .flatMap((group) => {
      if (group.includes(".")) return group.split(".").map(Number);
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    });
  return Buffer.from(bytes);
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
