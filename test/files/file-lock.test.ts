import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { FileLock, isAbandoned, thisProcess, waitForLock } from "../../runtime/files/index.js";
import { temporaryFolder } from "../authority/temporary-home.js";
import { readIfThere } from "./actions.js";

const child = fileURLToPath(new URL("./lock-child.js", import.meta.url));
const name = "lock";
const linuxOnly = "only Linux says when a process or a thread started";

/** A lock file as somebody else would have left it. */
function leave(folder: string, owner: object | string, number = 1): void {
  const text = typeof owner === "string" ? owner : JSON.stringify({ ...thisProcess(), token: "x", ...owner });
  writeFileSync(join(folder, `${name}-${String(number).padStart(6, "0")}`), text);
}

function isTaken(folder: string): boolean {
  return FileLock.tryAcquire({ folder, name }) instanceof FileLock;
}

/** A process that was here and is gone. */
function gonePid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("a lock", () => {
  it("is held by one at a time, and leaves nothing", (t) => {
    const folder = temporaryFolder(t);
    const first = FileLock.tryAcquire({ folder, name });
    assert.ok(first instanceof FileLock);
    const second = FileLock.tryAcquire({ folder, name });
    assert.ok(!(second instanceof FileLock));
    assert.equal(second.owner?.pid, process.pid);
    first.release();
    assert.deepEqual(readdirSync(folder), []);
    assert.ok(isTaken(folder));
  });

  it("of a process that is gone is taken over, also where this process has its number now", (t) => {
    t.skip(process.platform !== "linux", linuxOnly);
    for (const owner of [{ pid: gonePid() }, { startTime: "1" }, { boot: "another" }]) {
      const folder = temporaryFolder(t);
      leave(folder, owner);
      assert.ok(isAbandoned({ folder, name }));
      assert.ok(isTaken(folder), JSON.stringify(owner));
      assert.ok(!isTaken(folder));
      assert.deepEqual(readdirSync(folder), ["lock-000002"]);
    }
  });

  it("whose owner cannot be told or judged is held", (t) => {
    const elsewhere = { pid: 2 ** 22 + 1, host: "elsewhere" };
    for (const owner of [
      "",
      "{}",
      "{",
      { pid: 0 },
      { pid: -1 },
      elsewhere,
      { ...elsewhere, host: "", namespace: "another" },
    ]) {
      const folder = temporaryFolder(t);
      leave(folder, owner);
      assert.ok(!isTaken(folder), JSON.stringify(owner));
      assert.ok(!isAbandoned({ folder, name }));
    }
  });

  it("is not had while any live owner's file stands, whatever its number", (t) => {
    const folder = temporaryFolder(t);
    leave(folder, {}, 1);
    leave(folder, { pid: gonePid() }, 7);
    assert.ok(!isTaken(folder));
    assert.deepEqual(readdirSync(folder), ["lock-000001", "lock-000007"]);
  });

  it("is held by one alone after any number that somebody wrote", (t) => {
    for (const number of [999_998, 999_999, 1_000_000]) {
      const folder = temporaryFolder(t);
      leave(folder, { pid: gonePid() }, number);
      assert.ok(isTaken(folder), String(number));
      assert.ok(!isTaken(folder), String(number));
    }
    // No number comes after this one that could be told from others; a person must look.
    const folder = temporaryFolder(t);
    leave(folder, { pid: gonePid() }, 999_999_999_999_999);
    assert.ok(!isTaken(folder));
    assert.deepEqual(readdirSync(folder), ["lock-999999999999999"]);
  });

  it("is waited for, for as long as was said", async (t) => {
    const folder = temporaryFolder(t);
    const first = FileLock.tryAcquire({ folder, name });
    assert.ok(first instanceof FileLock);
    assert.ok(!((await waitForLock({ folder, name }, 20)) instanceof FileLock));
    setTimeout(() => first.release(), 20);
    assert.ok((await waitForLock({ folder, name }, 60_000)) instanceof FileLock);
  });

  it("of a thread ends with it, and not before", async (t) => {
    t.skip(process.platform !== "linux", linuxOnly);
    const folder = temporaryFolder(t);
    const worker = new Worker(new URL("./lock-thread.js", import.meta.url), { workerData: folder });
    const [has] = (await once(worker, "message")) as [boolean];
    assert.ok(has);
    assert.ok(!isTaken(folder));
    await worker.terminate();
    assert.ok(isTaken(folder));
  });
});

/** A pipe as the owner of a lock holds it open, or did. */
function makePipe(folder: string): string {
  const pipe = `.${name}-${"a".repeat(32)}.pipe`;
  execFileSync("mkfifo", [join(folder, pipe)]);
  return pipe;
}

describe("a lock of a process in another namespace of process numbers", () => {
  beforeEach((t) => t.skip(process.platform !== "linux", linuxOnly));
  const elsewhere = { namespace: "pid:[1]", host: "restarted" };

  it("is held for as long as that process holds its pipe open, and no longer", (t) => {
    const folder = temporaryFolder(t);
    const pipe = makePipe(folder);
    leave(folder, { ...elsewhere, pipe });
    const fd = openSync(join(folder, pipe), constants.O_RDONLY | constants.O_NONBLOCK);
    assert.ok(!isTaken(folder));
    assert.ok(!isAbandoned({ folder, name }));
    closeSync(fd);
    assert.ok(isAbandoned({ folder, name }));
    assert.ok(isTaken(folder));
    assert.deepEqual(readdirSync(folder), [`${name}-000002`], "nothing is left of it");
  });

  it("is held where the pipe tells nothing", (t) => {
    const cases: readonly ((folder: string) => object)[] = [
      () => ({}),
      () => ({ pipe: `.${name}-${"b".repeat(32)}.pipe` }),
      // The kernel of another machine, or of before, knows of other processes.
      (folder) => ({ pipe: makePipe(folder), boot: "another" }),
      (folder) => {
        writeFileSync(join(folder, ".file.pipe"), "");
        return { pipe: ".file.pipe" };
      },
      (folder) => {
        symlinkSync(makePipe(folder), join(folder, ".link.pipe"));
        return { pipe: ".link.pipe" };
      },
      (folder) => ({ pipe: `../${basename(folder)}/${makePipe(folder)}` }),
    ];
    for (const [index, ownerIn] of cases.entries()) {
      const folder = temporaryFolder(t);
      leave(folder, { ...elsewhere, ...ownerIn(folder) });
      assert.ok(!isTaken(folder), `case ${index}`);
      assert.ok(!isAbandoned({ folder, name }));
    }
  });
});

/** Runs the child as the first process of a container of its own: each one has the same number. */
const inContainer = ["--pid", "--fork", "--mount-proc", "--kill-child", process.execPath, child];
const canContain = spawnSync("unshare", [...inContainer.slice(0, 4), "true"]).status === 0;

describe("a container that is started again", () => {
  beforeEach((t) => t.skip(!canContain, "cannot make namespaces"));
  const startIn = (folder: string) =>
    spawn("unshare", [...inContainer, "once", folder, "0"], { stdio: ["pipe", "pipe", "inherit"] });

  it("takes over what it held before, and waits while that lives", async (t) => {
    const folder = temporaryFolder(t);
    const before = startIn(folder);
    assert.equal(String((await once(before.stdout, "data"))[0]), "won");
    assert.ok(!isTaken(folder));
    const meanwhile = startIn(folder);
    assert.equal(String((await once(meanwhile.stdout, "data"))[0]), "lost");
    meanwhile.stdin.end();
    await once(meanwhile, "close");
    before.kill("SIGKILL");
    await once(before, "close");
    const again = startIn(folder);
    assert.equal(String((await once(again.stdout, "data"))[0]), "won");
    again.kill("SIGKILL");
    await once(again, "close");
    assert.ok(isTaken(folder));
    assert.deepEqual(readdirSync(folder), [`${name}-000003`]);
  });

  it("loses no change, and leaves nothing, however often it is killed", async (t) => {
    const folder = temporaryFolder(t);
    const count = (times: string) => [...inContainer, "count", folder, times];
    const counted = (): number => Number(readIfThere(join(folder, "count")));
    for (let round = 0; round < 5; round += 1) {
      const known = counted();
      const children = [count("100000"), count("100000")].map((args) =>
        spawn("unshare", args, { stdio: "ignore" }),
      );
      const ends = children.map((each) => once(each, "close"));
      for (const end = Date.now() + 30_000; counted() === known && Date.now() < end; ) await pause(5);
      await pause(1 + 17 * round);
      const before = counted();
      assert.ok(before > known, "they came to nothing");
      for (const each of children) each.kill("SIGKILL");
      await Promise.all(ends);
      assert.ok(counted() >= before);
    }
    assert.equal(spawnSync("unshare", count("1")).status, 0);
    assert.deepEqual(readdirSync(folder), ["count"]);
  });
});

describe("many processes that find a dead owner", () => {
  const many = 6;

  it("have one successor", async (t) => {
    for (let round = 0; round < 3; round += 1) {
      const folder = temporaryFolder(t);
      leave(folder, { pid: gonePid() }, 3);
      const at = String(Date.now() + 700);
      const children = Array.from({ length: many }, () =>
        spawn(process.execPath, [child, "once", folder, at], { stdio: ["pipe", "pipe", "inherit"] }),
      );
      const said = await Promise.all(
        children.map(async ({ stdout }) => String((await once(stdout, "data"))[0])),
      );
      for (const { stdin } of children) stdin.end();
      await Promise.all(children.map((each) => once(each, "close")));
      assert.deepEqual(said.sort(), [...Array<string>(many - 1).fill("lost"), "won"]);
    }
  });

  it("lose no change that they make one after the other", async (t) => {
    const folder = temporaryFolder(t);
    leave(folder, { pid: gonePid() });
    const children = Array.from({ length: many }, () =>
      spawn(process.execPath, [child, "count", folder, "40"], { stdio: "inherit" }),
    );
    const ends = await Promise.all(children.map((each) => once(each, "close")));
    for (const end of ends) assert.deepEqual(end, [0, null]);
    assert.equal(readFileSync(join(folder, "count"), "utf8"), String(many * 40));
    assert.deepEqual(readdirSync(folder), ["count"]);
  });

  it("lose none either where some of them are killed, and none waits for a dead one", async (t) => {
    const folder = temporaryFolder(t);
    const start = () => spawn(process.execPath, [child, "count", folder, "100000"], { stdio: "ignore" });
    for (let round = 0; round < 8; round += 1) {
      const children = [start(), start()];
      const ends = children.map((each) => once(each, "close"));
      await new Promise((done) => setTimeout(done, 120 + 37 * round));
      const before = Number(readIfThere(join(folder, "count")));
      for (const each of children) each.kill("SIGKILL");
      await Promise.all(ends);
      assert.ok(Number(readIfThere(join(folder, "count"))) >= before);
    }
    assert.equal(spawnSync(process.execPath, [child, "count", folder, "1"]).status, 0);
    assert.deepEqual(readdirSync(folder), ["count"]);
  });
});
