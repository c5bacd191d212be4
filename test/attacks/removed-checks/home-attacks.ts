import { existsSync, linkSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { scriptPolicy } from "../script-policy.js";
import { refusalOf, type Stage, type Verdict } from "./stage.js";

/* Attacks by a guest that was given a folder with a way to the home. */

const granted = scriptPolicy({
  allow: [
    '{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /, rights: [read] }] }',
    '{ interface: "wasi:keyvalue/store", keyvalue: [{ bucket: b, access: [read, write] }] }',
  ],
});

function dataFolder(stage: Stage): string {
  const data = join(stage.folder, "data");
  mkdirSync(data);
  return data;
}

export const homeAttacks = {
  "read a key by a name in its own folder": async (stage: Stage): Promise<Verdict> => {
    const data = dataFolder(stage);
    linkSync(join(stage.home, "keys", "node", "default", "key.pem"), join(data, "mine"));
    const { output, report } = await stage.run("script", {
      policy: granted,
      roots: [{ name: "data", host: data, guest: "/data" }],
      args: [
        "script",
        `const [[root]] = getDirectories();
         const [read] = root.openAt({}, "mine", {}, { read: true }).read(100, 0);
         print(String.fromCharCode(...read));`,
      ],
    });
    return {
      succeeded: output().includes("PRIVATE KEY"),
      seen: `${output().slice(0, 300)} ${JSON.stringify(report.outcome)}`,
    };
  },
  "be given the home as its folder": async (stage: Stage): Promise<Verdict> => {
    const run = () =>
      stage.run("script", {
        policy: granted,
        roots: [{ name: "data", host: join(stage.home, "keys"), guest: "/data" }],
        args: ["script", 'print("given")'],
      });
    let output = "";
    const refusal = await refusalOf(async () => (output = (await run()).output()));
    return { succeeded: output.includes("given"), seen: refusal ?? output };
  },
  "have its store in the home": async (stage: Stage): Promise<Verdict> => {
    const store = dataFolder(stage);
    const memory = join(stage.home, "memory");
    symlinkSync(memory, join(store, "b-b"));
    const { output } = await stage.run("script", {
      policy: granted,
      roots: [{ name: "data", host: store, guest: "/data" }],
      keyvalueFolder: store,
      args: ["script", 'store.open("b").set("a", bytes("x")); print("kept");'],
    });
    // The name of a key's file is the hash of the key.
    const file = join(memory, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    return { succeeded: existsSync(file), seen: output().slice(0, 300) };
  },
} as const;
