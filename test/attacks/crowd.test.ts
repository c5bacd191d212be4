import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectionLimit } from "../../runtime/sandbox/supervisor/server/connection-limit.js";
import { temporaryFolder } from "../authority/temporary-home.js";

const child = fileURLToPath(new URL("./crowded-child.js", import.meta.url));

function statusOf(port: string): Promise<number> {
  return new Promise((resolve) => {
    get({ port, host: "127.0.0.1", path: "/", agent: false }, (response) => {
      response.resume().once("close", () => resolve(response.statusCode ?? 0));
    }).once("error", () => resolve(0));
  });
}

describe("a crowd of connections that say nothing", () => {
  it("does not end a server that may open few files, nor keeps others out: those are closed that have waited longest", {
    timeout: 120_000,
  }, async (t) => {
    const server = spawn(
      "bash",
      ["-c", `ulimit -n 320; exec "$0" "$@"`, process.execPath, child, temporaryFolder(t)],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    t.onTestFinished(() => void server.kill("SIGKILL"));
    let said = "";
    server.stdout.on("data", (chunk) => (said += String(chunk)));
    const ended = once(server, "close");
    while (!said.includes("\n")) await Promise.race([once(server.stdout, "data"), ended]);
    const port = said.split("\n")[0] ?? "";
    let closed = 0;
    const crowd: Socket[] = Array.from({ length: 600 }, () =>
      connect(Number(port), "127.0.0.1")
        .on("error", () => undefined)
        .on("close", () => (closed += 1)),
    );
    // Longer than trust may go without a look.
    await sleep(3000);
    assert.ok(closed > 200, `${closed} of them were closed`);
    assert.equal(await statusOf(port), 200, "whoever asks is answered, though all places are taken");
    for (const socket of crowd) socket.destroy();
    let status = 0;
    for (let tries = 0; status === 0 && tries < 100; tries += 1) {
      status = await statusOf(port);
      if (status === 0) await sleep(50);
    }
    assert.equal(status, 200, said);
    server.stdin.end();
    await ended;
    assert.deepEqual(JSON.parse(said.split("\n")[1] ?? "null"), { kind: "stopped" });
  });

  it("finds no more places than leave enough for the runs and the node", () => {
    assert.equal(connectionLimit(16, { limit: 1_000_000, used: 60 }), 4096);
    assert.equal(connectionLimit(16, { limit: 4096, used: 60 }), 4096 - 60 - 128 - 16 * 32);
    assert.equal(connectionLimit(1024, { limit: 4096, used: 60 }), 1024 - 60);
    assert.equal(connectionLimit(1024, { limit: 64, used: 60 }), 8);
    const here = connectionLimit(2);
    assert.ok(here >= 8 && here <= 4096);
  });
});
