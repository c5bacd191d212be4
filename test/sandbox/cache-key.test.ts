import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "vitest";
import { isWrunError } from "../../runtime/index.js";
import { loadCacheKey } from "../../runtime/sandbox/cache-key.js";
import { temporaryHome } from "../authority/temporary-home.js";

function refusal(attempt: () => unknown): string {
  try {
    attempt();
    return "none";
  } catch (error) {
    return isWrunError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

describe("the key of the cache", () => {
  it("is made once, of 32 random bytes that only the owner reads, and not where the cache is", (t) => {
    const home = temporaryHome(t);
    const first = loadCacheKey(home);
    assert.equal(first.length, 32);
    assert.deepEqual(loadCacheKey(home), first);
    const path = join(home.memory, "cache-key");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(new Uint8Array(readFileSync(path)), new Uint8Array(first));
    assert.ok(!path.startsWith(home.cache));
    assert.notDeepEqual(loadCacheKey(temporaryHome(t)), first);
  });

  it("is refused where it has another length: somebody may have shortened what is to be guessed", (t) => {
    const home = temporaryHome(t);
    for (const length of [0, 1, 31, 33]) {
      writeFileSync(join(home.memory, "cache-key"), new Uint8Array(length), { mode: 0o600 });
      assert.match(
        refusal(() => loadCacheKey(home)),
        /^FILE_UNREADABLE: .*is not a cache key/,
      );
    }
  });

  it("is refused where it cannot be read, and is never replaced then", (t) => {
    const home = temporaryHome(t);
    const path = join(home.memory, "cache-key");
    mkdirSync(path);
    assert.match(
      refusal(() => loadCacheKey(home)),
      /^HOME_UNSAFE: .*others have access|^HOME_UNSAFE: .*not a regular file/,
    );
    assert.ok(statSync(path).isDirectory());
  });

  it("is refused where others could read or write it, or decide what it is", (t) => {
    const home = temporaryHome(t);
    const path = join(home.memory, "cache-key");
    const elsewhere = join(home.folder, "..", `${basename(home.folder)}-public-key`);
    t.onTestFinished(() => rmSync(elsewhere, { force: true }));
    writeFileSync(elsewhere, new Uint8Array(32));
    chmodSync(elsewhere, 0o666);
    for (const target of [elsewhere, join(home.memory, "nowhere")]) {
      symlinkSync(target, path);
      assert.match(
        refusal(() => loadCacheKey(home)),
        /^HOME_UNSAFE: .*symbolic link/,
      );
      rmSync(path);
    }
    loadCacheKey(home);
    for (const mode of [0o602, 0o620, 0o604, 0o640]) {
      chmodSync(path, mode);
      assert.match(
        refusal(() => loadCacheKey(home)),
        /^HOME_UNSAFE: .*others have access/,
      );
    }
  });

  it("is refused where it cannot be kept", (t) => {
    const home = temporaryHome(t);
    rmSync(home.memory, { recursive: true });
    assert.match(
      refusal(() => loadCacheKey(home)),
      /^FILE_UNWRITABLE: .*ENOENT/,
    );
    if (process.getuid?.() === 0) return;
    mkdirSync(home.memory, { mode: 0o500 });
    assert.match(
      refusal(() => loadCacheKey(home)),
      /^FILE_UNWRITABLE: .*EACCES/,
    );
    assert.equal(existsSync(join(home.memory, "cache-key")), false);
    chmodSync(home.memory, 0o700);
  });
});
