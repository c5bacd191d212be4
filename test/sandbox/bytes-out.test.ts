import assert from "node:assert/strict";
import { beforeAll, describe, it } from "vitest";
import { Fields } from "../../host-interfaces/http/fields.js";
import { OutgoingRequest } from "../../host-interfaces/http/outgoing-request.js";
import { OutgoingResponse } from "../../host-interfaces/http/serving/outgoing-response.js";
import { camelCase } from "../../runtime/component/in-worker.js";
import type { ComponentType, FunctionType, ValueType } from "../../runtime/component/wit-types.js";
import { bindCall } from "../../runtime/sandbox/gate/call-site.js";
import { createResourceTable } from "../../runtime/sandbox/gate/resources.js";
import type { PreparedPackage } from "../../runtime/sandbox/host-package.js";
import { declaredImports, preparedPackages } from "./declared-functions.js";
import { uncounted } from "../attacks/uncounted.js";

/*
 * `limits.bytesOut` is what a guest can carry out of its sandbox. Every argument that holds text or bytes is counted
 * towards it, or stands here with the reason why not.
 */

const counted = "counted";
const onlyRead = "names what is looked up or removed, and is kept nowhere";
const sentLater = "stays in the run, and is counted when the message is sent";
const handles = "holds handles, and no bytes";
const failure = "picks the status of a failed answer; its texts are dropped";

const treatment: Readonly<Record<string, string>> = {
  "wasi:config/store get key": onlyRead,
  "wasi:filesystem/types [method]descriptor.create-directory-at path": counted,
  "wasi:filesystem/types [method]descriptor.link-at new-path": counted,
  "wasi:filesystem/types [method]descriptor.link-at old-path": onlyRead,
  "wasi:filesystem/types [method]descriptor.metadata-hash-at path": onlyRead,
  "wasi:filesystem/types [method]descriptor.open-at path": counted,
  "wasi:filesystem/types [method]descriptor.readlink-at path": onlyRead,
  "wasi:filesystem/types [method]descriptor.remove-directory-at path": onlyRead,
  "wasi:filesystem/types [method]descriptor.rename-at new-path": counted,
  "wasi:filesystem/types [method]descriptor.rename-at old-path": onlyRead,
  "wasi:filesystem/types [method]descriptor.set-times-at path": onlyRead,
  "wasi:filesystem/types [method]descriptor.stat-at path": onlyRead,
  "wasi:filesystem/types [method]descriptor.symlink-at new-path": counted,
  "wasi:filesystem/types [method]descriptor.symlink-at old-path": counted,
  "wasi:filesystem/types [method]descriptor.unlink-file-at path": onlyRead,
  "wasi:filesystem/types [method]descriptor.write buffer": counted,
  "wasi:http/types [method]fields.append name": sentLater,
  "wasi:http/types [method]fields.append value": sentLater,
  "wasi:http/types [method]fields.delete name": onlyRead,
  "wasi:http/types [method]fields.get name": onlyRead,
  "wasi:http/types [method]fields.has name": onlyRead,
  "wasi:http/types [method]fields.set name": sentLater,
  "wasi:http/types [method]fields.set value": sentLater,
  "wasi:http/types [method]outgoing-request.set-authority authority": sentLater,
  "wasi:http/types [method]outgoing-request.set-method method": sentLater,
  "wasi:http/types [method]outgoing-request.set-path-with-query path-with-query": sentLater,
  "wasi:http/types [method]outgoing-request.set-scheme scheme": "a scheme that is text is never sent",
  "wasi:http/types [static]fields.from-list entries": sentLater,
  "wasi:http/types [static]response-outparam.set response": failure,
  "wasi:io/poll poll in": handles,
  "wasi:io/streams [method]output-stream.blocking-write-and-flush contents": counted,
  "wasi:io/streams [method]output-stream.write contents": counted,
  "wasi:keyvalue/atomics [static]cas.new key": onlyRead,
  "wasi:keyvalue/atomics increment key": counted,
  "wasi:keyvalue/atomics swap value": counted,
  "wasi:keyvalue/batch delete-many keys": onlyRead,
  "wasi:keyvalue/batch get-many keys": onlyRead,
  "wasi:keyvalue/batch set-many key-values": counted,
  "wasi:keyvalue/store [method]bucket.delete key": onlyRead,
  "wasi:keyvalue/store [method]bucket.exists key": onlyRead,
  "wasi:keyvalue/store [method]bucket.get key": onlyRead,
  "wasi:keyvalue/store [method]bucket.list-keys cursor": onlyRead,
  "wasi:keyvalue/store [method]bucket.set key": counted,
  "wasi:keyvalue/store [method]bucket.set value": counted,
  "wasi:keyvalue/store open identifier": counted,
  "wasi:logging/logging log context": counted,
  "wasi:logging/logging log message": counted,
  "wasi:sockets/ip-name-lookup resolve-addresses name": counted,
  "wasi:sockets/udp [method]outgoing-datagram-stream.send datagrams": counted,
};

let imports: ComponentType["imports"];
let prepared: ReadonlyMap<string, PreparedPackage>;
beforeAll(async () => {
  imports = await declaredImports();
  prepared = await preparedPackages();
});

/** What a host function says of a call with these arguments. */
function bytesOut(interfaceName: string, functionName: string, type: FunctionType, args: unknown[]): number {
  const [packageName = "", name = ""] = interfaceName.split("/");
  const host = prepared.get(packageName)?.[name]?.[functionName];
  const call = bindCall(
    interfaceName,
    functionName,
    type,
    host,
    createResourceTable(() => Object, uncounted),
  );
  return call.host?.bytesOut?.(...(args as never[])) ?? 0;
}

interface Carrier {
  readonly interfaceName: string;
  readonly functionName: string;
  readonly type: FunctionType;
  readonly param: number;
  readonly name: string;
}

/** Every argument that has text or a list somewhere in it. */
function carriers(): Carrier[] {
  return imports.interfaces.flatMap(({ name, functions }) =>
    [...functions].flatMap(([functionName, type]) =>
      type.params.flatMap((one, param) => {
        const interfaceName = name.split("@")[0] ?? "";
        const carrier = { interfaceName, functionName, type, param };
        return carries(one.type)
          ? [{ ...carrier, name: `${interfaceName} ${functionName} ${one.name}` }]
          : [];
      }),
    ),
  );
}

function carries(type: ValueType): boolean {
  return type.kind === "string" || type.kind === "list" || partsOf(type).some(carries);
}

function partsOf(type: ValueType): readonly ValueType[] {
  if (type.kind === "record") return type.fields.map((field) => field.type);
  if (type.kind === "tuple") return type.items;
  if (type.kind === "option") return [type.type];
  if (type.kind === "variant") return type.cases.flatMap((one) => one.type ?? []);
  return type.kind === "result" ? [type.ok, type.err].filter((one) => one !== undefined) : [];
}

interface Sample {
  readonly value: unknown;
  readonly bytes: number;
}

/** A value of the type, in which every text has `size` letters of two bytes and every list of bytes so many bytes. */
function sample(type: ValueType, size: number): Sample {
  const made = (value: unknown, parts: readonly Sample[] = []): Sample => ({
    value,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
  });
  if (type.kind === "string") return { value: "é".repeat(size), bytes: 2 * size };
  if (type.kind === "list" && type.element.kind === "u8") return { value: new Uint8Array(size), bytes: size };
  if (type.kind === "list") {
    const item = sample(type.element, size);
    return made([item.value, item.value], [item, item]);
  }
  const parts = partsOf(type).map((part) => sample(part, size));
  const values = parts.map(({ value }) => value);
  if (type.kind === "record")
    return made(
      Object.fromEntries(type.fields.map(({ name }, index) => [camelCase(name), values[index]])),
      parts,
    );
  if (type.kind === "tuple") return made(values, parts);
  if (type.kind === "option") return size === 0 ? made(undefined) : made(values[0], parts);
  if (type.kind === "flags")
    return made(Object.fromEntries(type.names.map((name) => [camelCase(name), true])));
  if (type.kind === "variant") return made({ tag: type.cases[0]?.name });
  if (type.kind === "own" || type.kind === "borrow") return made({ key: "" });
  return made(type.kind === "u64" || type.kind === "s64" ? 0n : 0);
}

describe("every text and every list that a guest can pass", () => {
  it("is counted towards bytesOut, or has a reason", () => {
    assert.deepEqual(
      carriers()
        .map(({ name }) => name)
        .toSorted(),
      Object.keys(treatment).toSorted(),
    );
  });

  it("is counted byte for byte where it is", () => {
    const found = carriers().filter(({ name }) => treatment[name] === counted);
    assert.ok(found.length > 15, `only ${found.length} are counted`);
    for (const { interfaceName, functionName, type, param, name } of found) {
      const withSize = (size: number) =>
        type.params.map((one, index) => sample(one.type, index === param ? size : 0));
      const count = (size: number): number =>
        bytesOut(
          interfaceName,
          functionName,
          type,
          withSize(size).map(({ value }) => value),
        );
      const grown = withSize(100)[param]?.bytes ?? 0;
      assert.ok(grown >= 100, name);
      assert.equal(count(100) - count(0), grown, name);
    }
  });
});

describe("what a message is made of", () => {
  const value = new Uint8Array(1000).fill(0x78);
  const handle = { params: [], result: undefined };
  const sent = (request: OutgoingRequest): number =>
    bytesOut("wasi:http/outgoing-handler", "handle", handle, [request, undefined]);

  it("is counted when a request is sent: method, authority, path, names and values", () => {
    const request = (change: (request: OutgoingRequest) => void, headers = new Fields(uncounted)): number => {
      const made = new OutgoingRequest(uncounted, headers, undefined);
      change(made);
      return sent(made);
    };
    const nothing = request(() => undefined);
    const grows = (more: number, change: (request: OutgoingRequest) => void, headers?: Fields): void =>
      assert.equal(request(change, headers) - nothing, more);
    grows(17, (one) => one.setMethod({ tag: "other", val: "x".repeat(20) }));
    grows(23, (one) => one.setAuthority("a".repeat(19) + ".com"));
    grows(99, (one) => one.setPathWithQuery(`/${"p".repeat(99)}`));
    grows(1008, () => undefined, Fields.fromList(uncounted, [["name", value]]));
  });

  it("is counted again when it is sent on: headers that came in, and clones", () => {
    const received = Fields.received(uncounted, [["name", "v".repeat(1000)]]);
    const own = Fields.fromList(uncounted, [["name", value]]);
    const bare = sent(new OutgoingRequest(uncounted, new Fields(uncounted), undefined));
    for (const fields of [received, received.clone(), own.clone(), received.clone().clone()])
      assert.equal(sent(new OutgoingRequest(uncounted, fields, undefined)) - bare, 1008);
    const answer = { tag: "ok", val: new OutgoingResponse(uncounted, received.clone()) };
    const set = ["wasi:http/types", "[static]response-outparam.set"] as const;
    assert.equal(bytesOut(...set, handle, [undefined, answer]), 1008);
    const finish = ["wasi:http/types", "[static]outgoing-body.finish"] as const;
    assert.equal(bytesOut(...finish, handle, [undefined, received.clone()]), 1008);
  });
});

describe("a time that a guest sets", () => {
  it("is counted where it is kept with a file, unless it is the host's own", () => {
    const chosen = { tag: "timestamp", val: { seconds: 1n, nanoseconds: 0 } };
    const [now, same] = [{ tag: "now" }, { tag: "no-change" }];
    const type: FunctionType = { params: [], result: undefined };
    const at = ["wasi:filesystem/types", "[method]descriptor.set-times-at", type] as const;
    const open = ["wasi:filesystem/types", "[method]descriptor.set-times", type] as const;
    assert.deepEqual(
      [
        [chosen, chosen],
        [chosen, same],
        [now, same],
      ].map((times) => bytesOut(...at, [{}, {}, "a", ...times])),
      [24, 12, 0],
    );
    assert.deepEqual(
      [
        [chosen, chosen],
        [now, chosen],
      ].map((times) => bytesOut(...open, [{}, ...times])),
      [24, 12],
    );
  });
});
