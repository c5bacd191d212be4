import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";

/** How what the host holds for each resource is counted; each handle counts 1,024 bytes besides. */
const counted: Readonly<Record<string, string>> = {
  "wasi:cli terminal-input": "never made",
  "wasi:cli terminal-output": "never made",
  "wasi:filesystem descriptor": "its path; open files are at most 512",
  "wasi:filesystem directory-entry-stream": "48 KiB; at most 512 with the open files",
  "wasi:http fields": "names and values, and 384 bytes for each",
  "wasi:http incoming-request": "its fields",
  "wasi:http outgoing-request": "its fields, path and authority",
  "wasi:http request-options": "three numbers",
  "wasi:http response-outparam": "nothing of its own",
  "wasi:http incoming-response": "its fields, and 192 KiB for the exchange",
  "wasi:http incoming-body": "by the exchange",
  "wasi:http future-trailers": "by the exchange",
  "wasi:http outgoing-response": "its fields",
  "wasi:http outgoing-body": "160 KiB for that of a request, 64 KiB for that of a response",
  "wasi:http future-incoming-response": "192 KiB for the exchange",
  "wasi:io error": "a short text",
  "wasi:io pollable": "nothing of its own",
  "wasi:io input-stream": "by what it reads from",
  "wasi:io output-stream": "by what it writes to",
  "wasi:keyvalue bucket": "a name",
  "wasi:keyvalue cas": "its key and the value that it saw",
  "wasi:sockets resolve-address-stream": "96 bytes for each address",
  "wasi:sockets network": "one object for all",
  "wasi:sockets tcp-socket": "8 KiB, 160 KiB once it connects, 512 KiB once it listens",
  "wasi:sockets udp-socket": "8 KiB, 320 KiB once it is bound",
  "wasi:sockets incoming-datagram-stream": "by its socket",
  "wasi:sockets outgoing-datagram-stream": "by its socket",
};

const deps = join(import.meta.dirname, "..", "..", "..", "wit", "deps");

describe("what the host holds behind a handle", () => {
  it("is known of every resource of every package", () => {
    const found = readdirSync(deps).flatMap((folder) => {
      const text = readFileSync(join(deps, folder, "package.wit"), "utf8");
      const [, name = ""] = /^package ([^@;]+)/m.exec(text) ?? [];
      return [...text.matchAll(/^\s*resource ([a-z-]+)/gm)].map(([, resource]) => `${name} ${resource}`);
    });
    assert.deepEqual(found.sort(), Object.keys(counted).sort());
  });
});
