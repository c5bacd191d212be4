import {
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  opendirSync,
  utimesSync,
} from "node:fs";
import { type HostFunction, hostFunction } from "../../runtime/host-contract.js";
import { InputStream, IoError, OutputStream } from "../io/index.js";
import { timeBytes } from "./bytes-kept.js";
import { type Descriptor, descriptorOf } from "./descriptor.js";
import { DirectoryEntries, directoryEntriesOf } from "./directory-entries.js";
import { fileError, translated } from "./error-code.js";
import { factsOfPlace } from "./file-facts.js";
import { filePosition, fileSource, fileTarget, readAt, writeAt } from "./file-io.js";
import { descriptorStat, metadataHash, type NewTimestamp, newTimes } from "./metadata.js";
import type { OpenCount, OpenFile } from "./open-file.js";
import { planned } from "./planned.js";
import type { Right } from "./rights.js";
import { inFolder } from "./walk.js";

/** The functions that work on what a descriptor already has open. Each is decided on the place it was opened at. */
export function descriptorFunctions(open: OpenCount): Readonly<Record<string, HostFunction>> {
  return {
    "[method]descriptor.read-via-stream": on("read", (self, offset: bigint) => {
      return new InputStream(fileSource(readable(self), offset));
    }),
    "[method]descriptor.write-via-stream": on("write", (self, offset: bigint) => {
      return new OutputStream(fileTarget(writable(self), offset));
    }),
    "[method]descriptor.append-via-stream": on("write", (self) => {
      return new OutputStream(fileTarget(writable(self), "end"));
    }),
    "[method]descriptor.read": on("read", (self, length: bigint, offset: bigint) => {
      const bytes = readAt(readable(self), offset, length);
      return [bytes, bytes.byteLength === 0];
    }),
    "[method]descriptor.write": on("write", writeAll, (_self, buffer) => buffer.byteLength),
    "[method]descriptor.set-size": on("write", (self, size: bigint) => {
      ftruncateSync(writable(self).fd, filePosition(size));
    }),
    "[method]descriptor.set-times": on("write", setTimes, (_self, access, modification) =>
      timeBytes(access, modification),
    ),
    "[method]descriptor.sync": on("stat", (self) => self.file && fsyncSync(self.file.fd)),
    "[method]descriptor.sync-data": on("stat", (self) => self.file && fdatasyncSync(self.file.fd)),
    // Advice has no effect that a guest could rely on, and Node has no call for it.
    "[method]descriptor.advise": on("stat", (self) => void fileOf(self, "bad-descriptor")),
    "[method]descriptor.stat": on("stat", (self) => descriptorStat(statsOf(self))),
    "[method]descriptor.metadata-hash": on("stat", (self) => metadataHash(statsOf(self))),
    "[method]descriptor.read-directory": on("list", (self) => {
      if (self.type !== "directory") throw fileError("not-directory");
      return open.take(() => {
        const folder = inFolder(self.root, self.segments, ({ path }) => opendirSync(path, bufferNames));
        return new DirectoryEntries(folder, open);
      });
    }),
    "[method]directory-entry-stream.read-directory-entry": hostFunction({
      call: (self: unknown) => directoryEntriesOf(self).next(),
      denied: { error: "not-permitted" },
      durability: "written",
    }),
    // What a guest holds it may know the type of.
    "[method]descriptor.get-type": about((self) => self.type),
    "[method]descriptor.get-flags": about((self) => ({ ...self.flags })),
    "[method]descriptor.is-same-object": hostFunction({
      call: (self: unknown, other: unknown) => isSameObject(descriptorOf(self), descriptorOf(other)),
      durability: "ring",
    }),
    "filesystem-error-code": hostFunction({ call: fileCodeOf, durability: "ring" }),
  };
}

/** The type of a name is asked for as bytes, since a host's names need not be UTF-8. */
const bufferNames = { encoding: "buffer" as BufferEncoding };

function on<Args extends readonly unknown[]>(
  right: Right,
  act: (self: Descriptor, ...args: Args) => unknown,
  bytesOut?: (self: unknown, ...args: Args) => number,
): HostFunction {
  return planned({
    plan: (self: unknown, ..._args: Args) => descriptorOf(self),
    facts: (self) => factsOfPlace(self.root, self.segments, [right]),
    act: (self, _value, ...args) => translated(() => act(self, ...args)),
    durability: "written",
    bytesOut,
  });
}

function about(call: (self: Descriptor) => unknown): HostFunction {
  return hostFunction({
    call: (self: unknown) => call(descriptorOf(self)),
    denied: { error: "not-permitted" },
    durability: "ring",
  });
}

function writeAll(self: Descriptor, buffer: Uint8Array, offset: bigint): bigint {
  writeAt(writable(self), offset, buffer);
  return BigInt(buffer.byteLength);
}

function setTimes(self: Descriptor, access: NewTimestamp, modification: NewTimestamp): void {
  const times = newTimes(statsOf(self), access, modification);
  if (self.file !== undefined) futimesSync(self.file.fd, ...times);
  else inFolder(self.root, self.segments, ({ path }) => utimesSync(path, ...times));
}

function statsOf(self: Descriptor) {
  if (self.file !== undefined) return fstatSync(self.file.fd, { bigint: true });
  return inFolder(self.root, self.segments, ({ fd }) => fstatSync(fd, { bigint: true }));
}

function readable(self: Descriptor): OpenFile {
  const file = fileOf(self, "is-directory");
  if (self.flags.read !== true) throw fileError("bad-descriptor");
  return file;
}

function writable(self: Descriptor): OpenFile {
  const file = fileOf(self, "is-directory");
  if (self.flags.write !== true) throw fileError("bad-descriptor");
  return file;
}

function fileOf(self: Descriptor, otherwise: string): OpenFile {
  if (self.file === undefined) throw fileError(otherwise);
  return self.file;
}

function isSameObject(left: Descriptor, right: Descriptor): boolean {
  const [a, b] = [statsOf(left), statsOf(right)];
  return a.dev === b.dev && a.ino === b.ino;
}

function fileCodeOf(error: unknown): string | undefined {
  if (!(error instanceof IoError)) throw new TypeError("not an error of this host");
  return error.origin.kind === "filesystem" ? error.origin.code : undefined;
}
