import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import {
  initHome,
  isWrunError,
  loadNodeIdentity,
  loadPublisherIdentity,
  openHome,
} from "../../runtime/index.js";
import { temporaryFolder } from "../authority/temporary-home.js";
import { mountSmallDisk, unmountSmallDisks } from "../faults/small-disk.js";

const child = fileURLToPath(new URL("./init-child.js", import.meta.url));

/** Private keys anywhere below a folder. */
function keysBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".pem") && /PRIVATE KEY/.test(readFileSync(join(folder, name), "utf8")),
  );
}

function isHome(folder: string): boolean {
  try {
    loadNodeIdentity(openHome(folder));
    return true;
  } catch (error) {
    if (isWrunError(error)) return false;
    throw error;
  }
}

describe("processes that make one home at once", () => {
  it("make it once, and the others find it", async (t) => {
    for (let round = 0; round < 3; round += 1) {
      const folder = temporaryFolder(t);
      const home = join(folder, "home");
      if (round === 1) mkdirSync(home);
      const at = String(Date.now() + 1500);
      const children = Array.from({ length: 4 }, () =>
        spawn(process.execPath, [child, "race", home, at], { stdio: ["ignore", "pipe", "inherit"] }),
      );
      const said = await Promise.all(
        children.map(async ({ stdout }) => String((await once(stdout, "data"))[0])),
      );
      const { keyId } = loadNodeIdentity(openHome(home));
      loadPublisherIdentity(openHome(home));
      assert.deepEqual(said.sort(), ["IDENTITY_EXISTS", "IDENTITY_EXISTS", "IDENTITY_EXISTS", keyId].sort());
      assert.deepEqual(readdirSync(folder), ["home"]);
    }
  });
});

describe("a home whose making is cut short", () => {
  afterEach(unmountSmallDisks);

  async function everywhere(prepare: () => { folder: string; home: string }): Promise<void> {
    let killed = 0;
    // Every third step, since there are some two hundred of them.
    for (let at = 1; ; at += 3) {
      const { folder, home } = prepare();
      const { signal, status, stderr } = spawnSync(process.execPath, [child, "killed", home, String(at)], {
        encoding: "utf8",
      });
      assert.ok(signal === "SIGKILL" || status === 0, stderr);
      const before = isHome(home) ? loadNodeIdentity(openHome(home)).keyId : undefined;
      if (before === undefined) await initHome({ home, publisher: "Acme" });
      else await assert.rejects(initHome({ home }), { code: "IDENTITY_EXISTS" });
      const { keyId } = loadNodeIdentity(openHome(home));
      loadPublisherIdentity(openHome(home));
      assert.equal(before ?? keyId, keyId);
      assert.equal(keysBelow(folder).length, 3, `killed at step ${at}: ${keysBelow(folder).join(" ")}`);
      if (signal === null) break;
      killed += 1;
    }
    assert.ok(killed > 20, `it was killed at ${killed} steps`);
  }

  it("is no home, and leaves no key once it is made again", async (t) => {
    await everywhere(() => {
      const folder = temporaryFolder(t);
      return { folder, home: join(folder, "home") };
    });
  });

  it("is no home either where it is a file system of its own, which cannot be replaced", async (t) => {
    let mayMount = true;
    const prepare = () => {
      const home = join(temporaryFolder(t), "home");
      mkdirSync(home);
      mayMount = mountSmallDisk(home, "size=4m") !== undefined;
      return { folder: home, home };
    };
    prepare();
    if (!mayMount) return t.skip("this process may not mount a file system of its own");
    await everywhere(prepare);
  });

  it("is made in an empty folder that others could read, which is then this user's alone", async (t) => {
    const home = temporaryFolder(t);
    chmodSync(home, 0o755);
    await initHome({ home });
    assert.ok(isHome(home));
  });

  it("is not made where something else is, which stays", async (t) => {
    const home = temporaryFolder(t);
    mkdirSync(join(home, "mine"));
    await assert.rejects(initHome({ home }), { code: "HOME_FOLDER_TAKEN" });
    assert.deepEqual(readdirSync(home), ["mine"]);
    assert.ok(!existsSync(join(home, "keys")));
  });
});
