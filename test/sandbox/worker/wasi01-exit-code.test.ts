import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { createExitCode } from "../../../runtime/sandbox/worker/wasi01-exit-code.js";

type Imports = Record<string, Record<string, unknown>>;

/** What a core instance would be given for these imports. */
function given(exitCode: ReturnType<typeof createExitCode>, imports: Imports): Imports {
  let seen: Imports = {};
  const watch = exitCode.watching((_, watched) => {
    seen = watched as Imports;
    return {} as WebAssembly.Instance;
  });
  watch({}, imports);
  return seen;
}

function procExit(adapter: (code: number) => unknown): {
  exitCode: ReturnType<typeof createExitCode>;
  exit: (code: number | bigint) => unknown;
} {
  const exitCode = createExitCode();
  const seen = given(exitCode, { wasi_snapshot_preview1: { proc_exit: adapter } });
  return {
    exitCode,
    exit: seen["wasi_snapshot_preview1"]?.["proc_exit"] as (code: number | bigint) => unknown,
  };
}

/** What the run ends with if the adapter makes a failure of the code. */
function failsWith(code: number | bigint): number {
  let ended = -1;
  const { exitCode, exit } = procExit(() => {
    ended = exitCode.exactly(1);
  });
  exit(code);
  return ended;
}

describe("the exit code of a program for WASI 0.1", () => {
  it("is the one that it passed to proc_exit", () => {
    for (const code of [1, 2, 3, 110, 119, 255]) assert.equal(failsWith(code), code);
  });

  it("has the eight bits that a process's exit code has, and is never success where it was failure", () => {
    assert.equal(failsWith(-1), 255);
    assert.equal(failsWith(257), 1);
    assert.equal(failsWith(256), 1);
    assert.equal(failsWith(2 ** 31), 1);
    assert.equal(failsWith(0), 1);
    assert.equal(failsWith(3n), 3);
  });

  it("changes no success, and no code that the component gave itself", () => {
    const codes: number[] = [];
    const { exitCode, exit } = procExit(() => codes.push(exitCode.exactly(0), exitCode.exactly(7)));
    exit(3);
    assert.deepEqual(codes, [0, 7]);
  });

  it("is forgotten when proc_exit comes back, in whatever way", () => {
    const { exitCode, exit } = procExit((code) => {
      if (code === 4) throw new Error("no adapter");
    });
    exit(3);
    assert.equal(exitCode.exactly(1), 1);
    assert.throws(() => exit(4), /no adapter/);
    assert.equal(exitCode.exactly(1), 1);
  });

  it("passes everything else on untouched", () => {
    const other = (): void => undefined;
    const memory = {};
    const imports = {
      wasi_snapshot_preview1: { fd_write: other, proc_exit: memory },
      host: { proc_exit: other },
    };
    assert.deepEqual(given(createExitCode(), imports), imports);
    const without = { host: { proc_exit: other } };
    assert.equal(given(createExitCode(), without), without);
    const inherited = Object.create({ wasi_snapshot_preview1: { proc_exit: other } }) as Imports;
    assert.equal(given(createExitCode(), inherited), inherited);
  });
});
