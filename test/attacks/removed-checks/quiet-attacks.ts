import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createTerminal, type Terminal } from "../../../cli/terminal.js";
import { encodeEntry } from "../../../host-interfaces/keyvalue/entry.js";
import { createRuntime } from "wrun";
import { hostPackages } from "../harness.js";
import { openService, servicePolicy } from "../service.js";
import { scriptPolicy } from "../script-policy.js";
import { refusalOf, type Stage, type Verdict } from "./stage.js";

/* Attacks on what is told, or taken, by the way. */

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What the guest is told of one file, in a run of its own. */
async function metadataHash(stage: Stage): Promise<string> {
  const data = join(stage.folder, "data");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "file"), "");
  const { output } = await stage.run("script", {
    policy: scriptPolicy({
      allow: ['{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /, rights: [read] }] }'],
    }),
    roots: [{ name: "data", host: data, guest: "/data" }],
    args: [
      "script",
      `const [[root]] = getDirectories(); const { upper, lower } = root.metadataHashAt({}, "file");
       print(upper + " " + lower);`,
    ],
  });
  return output();
}

/** What a person reads of a terminal whose standard error is one text. */
function screen(): { readonly terminal: Terminal; readonly lines: () => readonly string[] } {
  let said = "";
  const stream = (): NodeJS.WriteStream =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said += chunk.toString("utf8");
        done();
      },
    }) as NodeJS.WriteStream;
  const terminal = createTerminal({ stdout: stream(), stderr: stream(), env: {}, json: true });
  return { terminal, lines: () => said.split("\n") };
}

/** A denial that none of ours is. */
const forged = "denied wasi:io/poll poll: the host is broken";

export const quietAttacks = {
  "read another request by what it kept of one": async (stage: Stage): Promise<Verdict> => {
    const service = await openService(stage, "bad-service", { policy: servicePolicy("instances: reused") });
    try {
      await service.ask("/9", { method: "POST", body: "a body that nobody reads" });
      const { body } = await service.ask("/a", { method: "POST", body: "the body of somebody else" });
      return { succeeded: body.startsWith("0"), seen: body };
    } finally {
      await service.close();
    }
  },
  "speak for the host beside it": async (stage: Stage): Promise<Verdict> => {
    const { terminal, lines } = screen();
    await stage.run("script", {
      policy: scriptPolicy({ allow: [] }),
      onOutput: terminal.guest,
      args: ["script", `print(${JSON.stringify(forged)});`],
    });
    return { succeeded: lines().includes(forged), seen: lines().join("|") };
  },
  "speak for the host within a line of it": (): Promise<Verdict> => {
    const { terminal, lines } = screen();
    terminal.event("log", `info here: all is well\n${forged}`);
    return Promise.resolve({ succeeded: lines().includes(forged), seen: lines().join("|") });
  },
  "choose the key of the cache": async (stage: Stage): Promise<Verdict> => {
    const mine = join(stage.folder, "mine");
    writeFileSync(mine, new Uint8Array(32));
    chmodSync(mine, 0o666);
    const path = join(stage.home, "memory", "cache-key");
    rmSync(path);
    symlinkSync(mine, path);
    const refusal = await refusalOf(async () => {
      (await createRuntime({ home: stage.home, hostPackages })).close();
    });
    return { succeeded: refusal === undefined, seen: refusal ?? "it was taken" };
  },
  "learn of keys that it may not see": async (stage: Stage): Promise<Verdict> => {
    const store = join(stage.folder, "store");
    const bucket = join(store, "b-b");
    mkdirSync(bucket, { recursive: true });
    const hidden = Array.from({ length: 1200 }, (_, index) => `hidden/${index}`);
    for (const key of [...hidden, "mine/1"])
      writeFileSync(join(bucket, sha256(key)), Buffer.concat(encodeEntry(key, new Uint8Array(1))));
    const { output } = await stage.run("script", {
      policy: scriptPolicy({
        allow: [
          '{ interface: "wasi:keyvalue/store", keyvalue: [{ bucket: b, keys: ["mine/*"], access: [list] }] }',
          '{ interface: "wasi:keyvalue/store", keyvalue: [{ bucket: b, access: [list] }] }',
        ],
        deny: [
          '{ interface: "wasi:keyvalue/store", keyvalue: [{ bucket: b, keys: ["hidden/*"], access: [list] }] }',
        ],
      }),
      keyvalueFolder: store,
      args: ["script", 'print(JSON.stringify(store.open("b").listKeys(undefined)));'],
    });
    const seen = output();
    const succeeded = hidden.some((key) => seen.includes(`"${key}"`) || seen.includes(sha256(key)));
    return { succeeded, seen: seen.slice(0, 300) };
  },
  "tell a file of the host by its inode": async (stage: Stage): Promise<Verdict> => {
    // Whoever is told the same in every run can try out all inodes beforehand.
    const [first, second] = [await metadataHash(stage), await metadataHash(stage)];
    return { succeeded: first === second, seen: `${first}${second}` };
  },
} as const;
