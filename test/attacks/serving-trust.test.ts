import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type ComponentSource, loadPublisherIdentity, openHome } from "wrun";
import { type Arena, linkBeforehand, openArena, unsignedGuest } from "./harness.js";
import { openService, servicePolicy, until } from "./service.js";
import { signedGuest } from "./signed.js";

describe("trust that is lost under a server", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ publisher: "Acme" });
    await linkBeforehand(arena, ["bad-service", "greeter"]);
  });
  afterAll(() => arena.close());

  /** Each home is one's own, since what is revoked stays revoked. */
  async function fresh(use: (other: Arena, component: ComponentSource) => Promise<void>): Promise<void> {
    const other = await openArena({ like: arena.home });
    try {
      await use(other, await signedGuest(other, "bad-service"));
    } finally {
      await other.close();
    }
  }

  for (const instances of ["per-request", "reused"]) {
    it(`${instances}: ends a guest that computes, refuses its client, and ends the server`, async () => {
      await fresh(async (other, component) => {
        const policy = servicePolicy(`instances: ${instances}`);
        const service = await openService(other, "bad-service", { component, policy });
        const answer = service.ask("/8");
        await until(() =>
          service.events.some((event) => event.type === "run" && event.event.type === "started"),
        );
        const { keyId } = loadPublisherIdentity(openHome(other.home));
        await other.runtime.revoke({ kind: "publisher-key", id: keyId, reason: "the laptop was stolen" });
        assert.deepEqual([(await answer).status, (await answer).body], [503, "503 Service Unavailable\n"]);
        const { end } = await service.server.finished;
        assert.ok(end.kind === "signal" && end.signal === "publisher-key-revoked", JSON.stringify(end));
        const [report] = service.ended();
        assert.ok(report?.outcome.kind === "stopped" && report.outcome.signal === "publisher-key-revoked");
        assert.equal((await service.ask("/x")).status, 0);
        await service.close();
      });
    });
  }

  it("ends a server that nobody asks anything", async () => {
    await fresh(async (other, component) => {
      const policy = servicePolicy("instances: per-request");
      const service = await openService(other, "bad-service", { component, policy });
      const { keyId } = loadPublisherIdentity(openHome(other.home));
      await other.runtime.revoke({ kind: "publisher-key", id: keyId, reason: "the laptop was stolen" });
      const { end, runs } = await service.server.finished;
      assert.deepEqual([end.kind, runs], ["signal", 0]);
    });
  });

  it("ends when the policy's file is not what it was", async () => {
    await fresh(async (other) => {
      const path = join(other.folder, "service.yaml");
      const text = servicePolicy("instances: reused");
      await writeFile(path, text);
      const server = await other.runtime.serve(
        { component: await unsignedGuest("greeter"), policy: { bytes: Buffer.from(text), name: path, path } },
        { port: 0 },
      );
      await writeFile(path, `${text}\n# changed\n`);
      const { end } = await server.finished;
      assert.ok(end.kind === "signal" && end.signal === "policy-changed", JSON.stringify(end));
    });
  });

  it("ends the server when a rule puts its workload into quarantine, and no request reaches another run", async () => {
    await fresh(async (other) => {
      const rule =
        '{ id: no-status, interface: "wasi:http/types", functions: ["[method]outgoing-response.set-status-code"], onViolation: quarantine }';
      const policy = `${servicePolicy("instances: reused")}deny:\n  - ${rule}\n`;
      const service = await openService(other, "bad-service", { policy });
      assert.equal((await service.ask("/x")).status, 200);
      // That the workload is in quarantine may be known before its run is over.
      assert.ok([500, 503].includes((await service.ask("/f")).status));
      const { end, runs } = await service.server.finished;
      assert.ok(end.kind !== "stopped" && runs === 1, JSON.stringify(end));
      assert.equal(service.ended()[0]?.outcome.kind, "quarantined");
      await assert.rejects(openService(other, "bad-service", { policy }), { code: "WORKLOAD_QUARANTINED" });
    });
  });
});
