import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Runtime } from "wrun";

const script = fileURLToPath(new URL("./revoking-child.js", import.meta.url));

export interface RevocationMessage {
  readonly home: string;
  readonly entry: Parameters<Runtime["revoke"]>[0];
}

/** Another process that works on the same homes as this one. */
export interface OtherProcess {
  /** Resolves when it is on the disk; what this process makes of it is its own affair. */
  revoke(home: string, entry: RevocationMessage["entry"]): Promise<void>;
  close(): Promise<void>;
}

export async function openOtherProcess(): Promise<OtherProcess> {
  const child: ChildProcess = fork(script);
  await once(child, "message");
  return {
    async revoke(home, entry) {
      const answered = once(child, "message");
      child.send({ home, entry } satisfies RevocationMessage);
      await answered;
    },
    async close() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
