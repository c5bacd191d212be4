import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, connect, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, type TestContext } from "vitest";
import { parseReference, pushComponent, startRegistry } from "../../registry/index.js";
import {
  digestOf,
  issueAuthorization,
  loadAuthorityIdentity,
  loadNodeIdentity,
  openHome,
} from "../../runtime/index.js";
import {
  assertNoTrace,
  assertRefused,
  assertWent,
  type Bench,
  guest,
  jsonOf,
  openBench,
  treeOf,
} from "./harness.js";

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

describe("a file that is no component", () => {
  let bench: Bench;
  let hello: Buffer;
  beforeAll(async () => {
    bench = await openBench();
    hello = await readFile(guest("hello-0.2.0"));
  });
  afterAll(() => bench.close());

  it("is refused with what it is, by every verb that reads one", async () => {
    const files: readonly (readonly [string, Uint8Array, string])[] = [
      ["text.wasm", Buffer.from("hello there\n"), "COMPONENT_NOT_WASM"],
      ["empty.wasm", Buffer.alloc(0), "COMPONENT_NOT_WASM"],
      ["half-magic.wasm", Buffer.from([0x00, 0x61]), "COMPONENT_NOT_WASM"],
      ["page.wasm", Buffer.from("<!doctype html><p>not found"), "COMPONENT_NOT_WASM"],
      ["truncated.wasm", hello.subarray(0, hello.length - 7), "COMPONENT_MALFORMED"],
      [
        "4gib.wasm",
        Buffer.from([...preamble, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]),
        "COMPONENT_MALFORMED",
      ],
      [
        "too-long-length.wasm",
        Buffer.from([...preamble, 0x01, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        "COMPONENT_MALFORMED",
      ],
    ];
    // The first command that opens the runtime makes the key of its cache.
    assertWent(await bench.wrun(["verify", guest("hello-0.2.0"), "--allow-unsigned"]));
    const earlier = await treeOf(bench.home);
    for (const [name, bytes, code] of files) {
      await writeFile(join(bench.folder, name), bytes);
      assertRefused(await bench.wrun(["run", name, "--allow-unsigned"]), code, 111);
    }
    assertRefused(await bench.wrun(["inspect", "truncated.wasm"]), "COMPONENT_MALFORMED", 111);
    assertRefused(await bench.wrun(["publish", "text.wasm", "127.0.0.1:1/a/b:1"]), "COMPONENT_NOT_WASM", 111);
    assertRefused(await bench.wrun(["verify", "text.wasm", "--allow-unsigned"]), "COMPONENT_NOT_WASM", 111);
    assertRefused(await bench.wrun(["inspect", "nowhere.wasm"]), "FILE_UNREADABLE", 118);
    assertRefused(await bench.wrun(["inspect", "./data"]), "FILE_UNREADABLE", 118);
    assert.deepEqual(await treeOf(bench.home), earlier);
  });

  it("is refused at every length that a file can be cut to", async () => {
    // In this process for speed: the command's answer to the error is the same for all.
    const { inspectComponent, isWrunError } = await import("../../runtime/index.js");
    for (let length = 8; length < hello.length; length += 1) {
      try {
        inspectComponent(hello.subarray(0, length));
      } catch (error) {
        assert.ok(isWrunError(error) && error.code.startsWith("COMPONENT_"), `${length}: ${String(error)}`);
      }
    }
  });

  it("is not read where it is larger than anything that could be meant", async () => {
    const path = join(bench.folder, "huge.wasm");
    await (await open(path, "w")).close();
    await truncate(path, 5 * 1024 ** 3);
    assertRefused(await bench.wrun(["inspect", "huge.wasm"]), "CLI_INPUT_TOO_LARGE", 111);
    await rm(path);
    const endless = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--policy", "/dev/zero"];
    assertRefused(await bench.wrun(endless), "CLI_INPUT_TOO_LARGE", 111);
  });
});

describe("an authorization", () => {
  let bench: Bench;
  const policy =
    "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: p }\nallow: [{ interface: 'wasi:cli/stdout' }]\n";
  beforeAll(async () => {
    bench = await openBench();
    await writeFile(join(bench.folder, "p.yaml"), policy);
  });
  afterAll(() => bench.close());

  const token = async (now: Date): Promise<string> => {
    const home = openHome(bench.home);
    const node = loadNodeIdentity(home);
    return issueAuthorization({
      issuer: loadAuthorityIdentity(home),
      subject: "spiffe://wrun.local/workload/p",
      node: { spiffeId: node.spiffeId, keyId: node.keyId },
      component: digestOf(await readFile(guest("hello-0.2.0"))),
      policy: digestOf(Buffer.from(policy)),
      zone: "default",
      lifetimeSeconds: 300,
      now,
    });
  };
  const runWith = async (text: string, options = {}) => {
    await writeFile(join(bench.folder, "token"), text);
    const flags = ["--allow-unsigned", "--policy", "p.yaml", "--authorization", "token"];
    return bench.wrun(["run", guest("hello-0.2.0"), ...flags], options);
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  it("is taken from a file", async () => {
    assertWent(await runWith(`${await token(new Date())}\n`));
  });

  it("is refused unsigned, edited, expired, and before its time", async () => {
    const good = await token(new Date());
    const [header = "", payload = "", signature = ""] = good.split(".");
    const known = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as object;
    const earlier = await treeOf(join(bench.home, "lineage"));
    const none = await runWith(`${part({ ...known, alg: "none" })}.${payload}.`);
    assertRefused(none, "AUTHORIZATION_MALFORMED", 111);
    const noneSigned = await runWith(`${part({ ...known, alg: "none" })}.${payload}.${signature}`);
    assertRefused(noneSigned, "AUTHORIZATION_MALFORMED", 111);
    assertRefused(await runWith("not a token"), "AUTHORIZATION_MALFORMED", 111);
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { exp: number };
    const edited = await runWith(`${header}.${part({ ...claims, exp: claims.exp + 60 })}.${signature}`);
    assertRefused(edited, "AUTHORIZATION_SIGNATURE_INVALID", 112);
    assertRefused(await runWith(await token(new Date(Date.now() - 3_600_000))), "AUTHORIZATION_EXPIRED", 112);
    assertRefused(
      await runWith(await token(new Date(Date.now() + 3_600_000))),
      "AUTHORIZATION_NOT_YET_VALID",
      112,
    );
    assert.deepEqual(await treeOf(join(bench.home, "lineage")), earlier);
  });

  it("is of no use to somebody who sets the clock back", async () => {
    const expired = await token(new Date(Date.now() - 3_600_000));
    const options = await clockSetBack(bench, 2 * 86_400_000);
    assertRefused(await runWith(expired, options), "AUTHORIZATION_NOT_YET_VALID", 112);
    const doctor = await bench.wrun(["doctor"], options);
    assertRefused(doctor, "DOCTOR_FOUND_PROBLEMS", 118);
    assert.match(doctor.stdout, /^fail +revocations: .*in the future\n +The clock is wrong/m);
  });
});

/** A preloaded module that shifts the process's wall clock. */
async function clockSetBack(bench: Bench, milliseconds: number) {
  const path = join(bench.folder, "clock.mjs");
  const text = `const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) { if (given.length === 0) super(Real.now() - ${milliseconds}); else super(...given); }
  static now() { return Real.now() - ${milliseconds}; }
};\n`;
  await writeFile(path, text);
  return { nodeOptions: ["--import", path] };
}

describe("a registry that goes away", () => {
  it("in mid-pull leaves an error and nothing else", async () => {
    const bench = await openBench();
    const registry = await startRegistry({
      folder: join(bench.folder, "registry"),
      host: "127.0.0.1",
      port: 0,
    });
    const cut = await cuttingProxy(Number(registry.address.split(":")[1]), 256 * 1024);
    try {
      const whole = Buffer.concat([await readFile(guest("hello-0.2.0")), customSection(4 * 1024 ** 2)]);
      const config = { imports: [], exports: [] };
      const reference = parseReference(`${registry.address}/team/big:1`);
      await pushComponent({ reference, componentBytes: whole, config });
      assertWent(await bench.wrun(["verify", guest("hello-0.2.0"), "--allow-unsigned"]));
      const earlier = await treeOf(bench.home);
      const ended = await bench.wrun(["run", `127.0.0.1:${cut.port}/team/big:1`]);
      assertRefused(ended, "REGISTRY_CONNECTION_LOST", 118);
      assert.equal(ended.stdout, "");
      assert.deepEqual(await treeOf(bench.home), earlier);
    } finally {
      cut.server.close();
      await registry.close();
      await bench.close();
    }
    const gone = await openBench();
    const ended = await gone.wrun(["publish", guest("hello-0.2.0"), `${registry.address}/a/b:1`]);
    await gone.close();
    assertRefused(ended, "REGISTRY_UNREACHABLE", 118);
  });
});

/** Passes connections on, and cuts each once that many bytes have come back. */
async function cuttingProxy(target: number, bytes: number): Promise<{ server: Server; port: number }> {
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    let passed = 0;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on("error", end).on("close", end).pipe(upstream);
    upstream.on("error", end).on("close", end);
    upstream.on("data", (piece: Buffer) => {
      passed += piece.length;
      if (passed > bytes) end();
      else client.write(piece);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return { server, port: address.port };
}

/** A custom section of a component: bytes that mean nothing. */
function customSection(size: number): Buffer {
  const content = Buffer.alloc(size, 0x20);
  content.writeUInt8(1, 0);
  const length: number[] = [];
  for (let rest = size; rest > 0; rest >>>= 7) length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.concat([Buffer.from([0, ...length]), content]);
}

describe("wrun init", () => {
  it("makes a whole home or none", async () => {
    const bench = await openBench();
    try {
      const elsewhere = (path: string) => ({ env: { WRUN_HOME: join(bench.folder, path) } });
      const made = await bench.wrun(["init", "--json"], elsewhere("deep/new-home"));
      assertWent(made);
      assert.equal(jsonOf(made)["publisher"], null);
      assertWent(
        await bench.wrun(["run", guest("hello-0.2.0"), "--allow-unsigned"], elsewhere("deep/new-home")),
      );

      const earlier = await treeOf(bench.folder);
      assertRefused(await bench.wrun(["init"]), "CLI_HOME_EXISTS", 118);
      assertRefused(await bench.wrun(["init"], elsewhere("home/revocations.jws")), "CLI_HOME_EXISTS", 118);
      const badName = await bench.wrun(["init", "--publisher", ""], elsewhere("x"));
      assertRefused(badName, "CERTIFICATE_SUBJECT_INVALID", 110);
      const badDomain = await bench.wrun(["init", "--trust-domain", "a b"], elsewhere("x"));
      assertRefused(badDomain, "SPIFFE_ID_INVALID", 111);
      assert.deepEqual(await treeOf(bench.folder), earlier);
    } finally {
      await bench.close();
    }
  });

  it("adds a publisher to a home without one, and trusts it unless a person has said whom to trust", async () => {
    const bench = await openBench();
    try {
      const elsewhere = (path: string) => ({ env: { WRUN_HOME: join(bench.folder, path) } });
      for (const name of ["bare", "decided"]) {
        assertWent(await bench.wrun(["init", "--trust-domain", "acme.example"], elsewhere(name)));
      }
      const lacking = await bench.wrun(
        ["revoke", "publisher-key", "own", "--reason", "x"],
        elsewhere("bare"),
      );
      assertRefused(lacking, "IDENTITY_MISSING", 118);
      assert.match(lacking.stderr, /`wrun init --publisher NAME`/);
      const decision = join(bench.folder, "decided", "trustpolicy.json");
      await writeFile(decision, "{}");

      const added = await bench.wrun(["init", "--publisher", "Acme", "--json"], elsewhere("bare"));
      assertWent(added);
      const { publisher, trusted } = jsonOf(added) as { publisher: { id: string }; trusted: boolean };
      assert.equal(publisher.id, "spiffe://acme.example/publisher/default");
      assert.equal(trusted, true);
      assert.match(await readFile(join(bench.folder, "bare", "trustpolicy.json"), "utf8"), /"ca:own"/);
      const beside = await bench.wrun(["init", "--publisher", "Acme"], elsewhere("decided"));
      assertWent(beside);
      assert.match(beside.stdout, /trustpolicy\.json says/);
      assert.equal(await readFile(decision, "utf8"), "{}");

      const earlier = await treeOf(bench.folder);
      const again = await bench.wrun(["init", "--publisher", "Other"], elsewhere("bare"));
      assertRefused(again, "IDENTITY_EXISTS", 118);
      const moved = ["init", "--publisher", "Other", "--trust-domain", "other.example"];
      assertRefused(await bench.wrun(moved, elsewhere("bare")), "CLI_USAGE", 110);
      const data = await bench.wrun(["init", "--publisher", "Other"], elsewhere("."));
      assertRefused(data, "CLI_HOME_EXISTS", 118);
      assert.deepEqual(await treeOf(bench.folder), earlier);
    } finally {
      await bench.close();
    }
  });

  it("refuses a home that others can read, and one that is not there", async () => {
    const bench = await openBench();
    try {
      await chmod(join(bench.home, "keys"), 0o755);
      assertRefused(await bench.wrun(["verify", guest("hello-0.2.0")]), "HOME_UNSAFE", 112);
      assertRefused(await bench.wrun(["lineage", "list", "--home", "nowhere"]), "HOME_MISSING", 118);
    } finally {
      await bench.close();
    }
  });
});

describe("a disk that refuses", () => {
  it("because it is read-only gets an error, and no half of anything", async (t) => {
    const bench = await openBench();
    const folder = join(bench.folder, "mounted");
    await mkdir(folder);
    mount(t, folder, "ro,size=64k");
    try {
      const there = { env: { WRUN_HOME: join(folder, "home") } };
      assertRefused(await bench.wrun(["init", "--publisher", "X"], there), "FILE_UNWRITABLE", 118);
      const serve = await bench.wrun([
        "registry",
        "serve",
        "--folder",
        join(folder, "registry"),
        "--port",
        "0",
      ]);
      assertRefused(serve, "REGISTRY_FOLDER_UNUSABLE", 118);
      const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--keyvalue", join(folder, "stores")];
      assertRefused(await bench.wrun(run), "FILE_UNWRITABLE", 118);
      assert.deepEqual(await treeOf(folder), []);
    } finally {
      system("umount", folder);
      await bench.close();
    }
  });

  it.skipIf(process.platform !== "linux")(
    "to make a folder of that name gets an error, and no end of trying",
    async () => {
      const bench = await openBench();
      const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--keyvalue"];
      try {
        for (const folder of ["/proc/wrun-none", "/proc/wrun-none/below"]) {
          assertRefused(await bench.wrun([...run, folder]), "FILE_UNWRITABLE", 118);
          const serve = ["registry", "serve", "--port", "0", "--folder", folder];
          assertRefused(await bench.wrun(serve, {}), "REGISTRY_FOLDER_UNUSABLE", 118);
          assertRefused(await bench.wrun(["init", "--home", folder], {}), "FILE_UNWRITABLE", 118);
        }
      } finally {
        await bench.close();
      }
    },
  );

  it("because a file is in its place gets an error that names that file", async () => {
    const bench = await openBench();
    try {
      await writeFile(join(bench.folder, "file"), "");
      const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--keyvalue"];
      const refused = await bench.wrun([...run, "file"]);
      assertRefused(refused, "CLI_OPTION_INVALID", 110);
      assert.match(refused.stderr, /--keyvalue 'file': it is not a folder$/m);
      const below = await bench.wrun([...run, join("file", "below")]);
      assertRefused(below, "CLI_OPTION_INVALID", 110);
      assert.match(below.stderr, /--keyvalue 'file\/below': a part of the path is not a folder$/m);
    } finally {
      await bench.close();
    }
  });

  it("because it is full ends a run, which left evidence that still verifies once there is room", async (t) => {
    const bench = await openBench();
    const folder = join(bench.folder, "mounted");
    await mkdir(folder);
    mount(t, folder, "size=2m");
    try {
      const home = join(folder, "home");
      await cp(bench.home, home, { recursive: true });
      const there = { env: { WRUN_HOME: home } };
      assertWent(await bench.wrun(["run", guest("hello-0.2.0"), "--allow-unsigned"], there));
      await fill(join(folder, "filler"));

      const refused = await bench.wrun(["run", guest("env-peek"), "--allow-unsigned"], there);
      assertNoTrace(refused);
      assert.match(refused.stderr, /^error\[(?:LINEAGE_WRITE_FAILED|FILE_UNWRITABLE)\]: /m, refused.stderr);
      assert.ok(refused.code === 117 || refused.code === 118, String(refused.code));
      assert.equal(refused.stdout, "", "what cannot be recorded does not happen");
      const revoked = await bench.wrun(["revoke", "publisher-key", "own", "--reason", "x"], there);
      assertNoTrace(revoked);
      assert.notEqual(revoked.code, 0);
      const second = await bench.wrun(["init"], { env: { WRUN_HOME: join(folder, "second") } });
      assertRefused(second, "FILE_UNWRITABLE", 118);
      assertRefused(await bench.wrun(["doctor"], there), "DOCTOR_FOUND_PROBLEMS", 118);

      await rm(join(folder, "filler"));
      assert.deepEqual(
        (await treeOf(folder)).filter((name) => !name.startsWith("home")),
        [],
      );
      assertWent(await bench.wrun(["run", guest("env-peek"), "--allow-unsigned"], there));
      assertWent(await bench.wrun(["lineage", "verify"], there));
    } finally {
      system("umount", folder);
      await bench.close();
    }
  });
});

/** Permission bits do not bind root, so that a small file system stands in for a disk; only root can mount one. */
function mount(t: TestContext, folder: string, options: string): void {
  t.skip(process.getuid?.() !== 0, "only root can mount a file system");
  try {
    system("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder);
  } catch {
    t.skip("no file system can be mounted here");
  }
}

function system(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: "ignore" });
}

async function fill(path: string): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const size of [65_536, 4096, 512, 1]) {
      try {
        for (;;) await file.write(Buffer.alloc(size));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
      }
    }
  } finally {
    await file.close();
  }
}
