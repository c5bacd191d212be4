import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { onInterrupt } from "../../cli/interrupt.js";

/** Sends signals to listeners alone, and says with which code the process would have ended. */
function sending(act: () => boolean, signals: readonly ("SIGINT" | "SIGTERM")[]): unknown[] {
  const codes: unknown[] = [];
  const { exit } = process;
  process.exit = ((code: unknown) => void codes.push(code)) as never;
  const interrupt = onInterrupt(act);
  try {
    for (const signal of signals) process.emit(signal, signal);
  } finally {
    interrupt.release();
    process.exit = exit;
  }
  return codes;
}

describe("interrupting a command", () => {
  it("asks it to stop the first time, and ends the process the second time", () => {
    let asked = 0;
    const act = (): boolean => {
      asked += 1;
      return true;
    };
    assert.deepEqual(sending(act, ["SIGINT"]), []);
    assert.deepEqual(sending(act, ["SIGINT", "SIGINT"]), [130]);
    assert.deepEqual(sending(act, ["SIGINT", "SIGTERM"]), [143]);
    assert.equal(asked, 3);
  });

  it("ends the process at once where nothing can be stopped yet", () => {
    assert.deepEqual(
      sending(() => false, ["SIGTERM"]),
      [143],
    );
  });

  it("leaves no listener behind", () => {
    const before = process.listenerCount("SIGINT");
    sending(() => true, []);
    assert.equal(process.listenerCount("SIGINT"), before);
  });
});
