import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "vitest";
import { encodeJson, outboxFrame } from "../../../../runtime/sandbox/serving/service-line.js";
import { ResponseWriter } from "../../../../runtime/sandbox/supervisor/server/response-writer.js";
import { dialTo } from "../../../attacks/service.js";

/** The head that a client gets where a guest's thread sends this one, with or without what follows at once. */
async function headOf(
  status: number,
  headers: readonly (readonly [string, string])[],
  isWhole: boolean,
): Promise<string> {
  const server = createServer((_, response) => {
    const writer = new ResponseWriter(response);
    const receive = (kind: number, value: unknown): void =>
      writer.receive({ kind, exchange: 1, content: encodeJson(value) });
    receive(outboxFrame.head, { status, headers });
    if (!isWhole) writer.flush();
    receive(outboxFrame.end, []);
    writer.flush();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = await dialTo((server.address() as AddressInfo).port);
  client.socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const said = await client.closed;
  client.socket.destroy();
  server.close();
  return said.toLowerCase();
}

describe("what a guest answers, on the connection", () => {
  for (const isWhole of [true, false]) {
    it(`has no length where its status says that it has no content (${isWhole ? "at once" : "in parts"})`, async () => {
      for (const headers of [[], [["Content-Length", "0"]], [["content-length", "5"]]] as const) {
        const said = await headOf(204, headers, isWhole);
        assert.match(said, /^http\/1\.1 204 /);
        assert.doesNotMatch(said, /content-length|transfer-encoding/);
      }
    });
  }

  it("has its length where it has content, or could have", async () => {
    assert.match(await headOf(200, [], true), /\r\ncontent-length: 0\r\n/);
    assert.match(await headOf(200, [["Content-Length", "0"]], false), /\r\ncontent-length: 0\r\n/);
  });
});
