import { nothingOffLimits } from "../../runtime/files/index.js";
import type { InstanceContext } from "../../runtime/sandbox/host-package.js";
import { uncounted } from "../attacks/uncounted.js";

/** What a run gives to a host package, with nothing in it but `parts`. `exit` throws an {@link ExitForTest}. */
export function contextWith(parts: Partial<InstanceContext> = {}): InstanceContext {
  return {
    imports: new Set(["wasi:http/types", "wasi:http/outgoing-handler"]),
    args: [],
    env: {},
    roots: [],
    stdin: { kind: "empty" },
    memory: uncounted,
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
    log: () => undefined,
    keyvalueFolder: undefined,
    offLimits: nothingOffLimits,
    config: {},
    permits: () => true,
    exit: (code) => {
      throw new ExitForTest(code);
    },
    ...parts,
  };
}

export class ExitForTest extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}
