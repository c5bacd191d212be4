import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Runtime } from "../../runtime/index.js";

const script = fileURLToPath(new URL("./revoking-child.js", import.meta.url));

/** Another process that shares a home with this one. */
export interface OtherProcess {
  /** Resolves when it is on the disk; what this process makes of it is its own affair. */
  revoke(entry: Parameters<Runtime["revoke"]>[0]): Promise<void>;
  close(): Promise<void>;
}

export async function openOtherProcess(home: string): Promise<OtherProcess> {
  const child: ChildProcess = fork(script, [home]);
  await once(child, "message");
  return {
    async revoke(entry) {
      const answered = once(child, "message");
      child.send(entry);
      await answered;
    },
    async close() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
