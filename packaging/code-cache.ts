import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import type { Script } from "node:vm";

/*
 * What V8 compiled, kept for the next process. V8 believes what it is given, so that whoever can write such a file runs code
 * in every process of wrun: a cache is read from a folder beside the code alone, that nobody but the owner of the code (or
 * root, or this user) can write, and only where its bytes are whole. Anything else is no cache, and costs time and nothing
 * else.
 *
 * A file is the SHA-256 of what follows; the length of a JSON text in four bytes, little-endian; the text, a list of
 * `[chunk, length]`; and the data of these chunks, one behind the other.
 */

const folderName = "code-cache";
const digestBytes = 32;
const mostBytes = 64 * 1024 * 1024;

export class CodeCache {
  readonly #folder: string;
  readonly #path: string;
  readonly #found: ReadonlyMap<string, Buffer>;
  readonly #scripts = new Map<string, Script>();
  #isComplete: boolean;

  /** @param lib the folder of the code */
  constructor(lib: string, purpose: string) {
    this.#folder = join(lib, folderName);
    // The tag stands for V8's version, its flags, and what the processor can do.
    this.#path = join(this.#folder, `${purpose}-${process.version}-${cachedDataVersionTag().toString(16)}`);
    this.#found = readCache(lib, this.#folder, this.#path);
    this.#isComplete = this.#found.size > 0;
  }

  find(chunk: string): Buffer | undefined {
    return this.#found.get(chunk);
  }

  compiled(chunk: string, script: Script): void {
    if (!this.#found.has(chunk) || script.cachedDataRejected === true) this.#isComplete = false;
    this.#scripts.set(chunk, script);
  }

  /** When what is needed has been compiled. A failure is that of a cache. */
  keep(): void {
    if (this.#isComplete) return;
    try {
      fs.mkdirSync(this.#folder, { recursive: true, mode: 0o755 });
      replace(
        this.#path,
        encode([...this.#scripts].map(([chunk, script]) => [chunk, script.createCachedData()])),
      );
    } catch {
      // Nobody may write here, or the disk is full.
    }
  }
}

/** Not synced: what power loss leaves half of is no cache. */
function replace(path: string, bytes: Buffer): void {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    fs.writeFileSync(draft, bytes, { flag: "wx", mode: 0o644 });
    fs.renameSync(draft, path);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
}

function encode(parts: readonly (readonly [chunk: string, data: Buffer])[]): Buffer {
  const list = Buffer.from(JSON.stringify(parts.map(([chunk, data]) => [chunk, data.length])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(list.length);
  const body = Buffer.concat([length, list, ...parts.map(([, data]) => data)]);
  return Buffer.concat([createHash("sha256").update(body).digest(), body]);
}

function readCache(lib: string, folder: string, path: string): ReadonlyMap<string, Buffer> {
  try {
    if (!isOwnersAlone(fs.statSync(lib).uid, fs.lstatSync(folder))) return new Map();
    const bytes = readRegularFile(path, (stats) => isOwnersAlone(fs.statSync(lib).uid, stats));
    const body = bytes.subarray(digestBytes);
    if (!createHash("sha256").update(body).digest().equals(bytes.subarray(0, digestBytes))) return new Map();
    return decode(body);
  } catch {
    return new Map();
  }
}

function decode(body: Buffer): ReadonlyMap<string, Buffer> {
  let at = 4 + body.readUInt32LE(0);
  const list = JSON.parse(body.toString("utf8", 4, at)) as readonly (readonly [string, number])[];
  return new Map(
    list.map(([chunk, length]) => {
      const data = body.subarray(at, at + length);
      at += length;
      return [chunk, data];
    }),
  );
}

function isOwnersAlone(owner: number, { uid, mode }: fs.Stats): boolean {
  const mayWrite = [owner, process.getuid?.(), 0];
  return mayWrite.includes(uid) && (mode & 0o022) === 0;
}

function readRegularFile(path: string, isTrusted: (stats: fs.Stats) => boolean): Buffer {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fs.fstatSync(fd);
    if (!stats.isFile() || stats.size > mostBytes || !isTrusted(stats)) throw new Error("it is no cache");
    return fs.readFileSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
