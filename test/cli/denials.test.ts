import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { createDenials } from "../../cli/run/denials.js";
import { flagFor } from "../../cli/run/granting-flags.js";
import type { Terminal } from "../../cli/terminal.js";

function notebook(): { notes: string[]; terminal: Terminal } {
  const notes: string[] = [];
  const event: Terminal["event"] = (form, text, more = []) =>
    void notes.push([`${form} ${text}`, ...more].join("\n"));
  return { notes, terminal: { event } as Terminal };
}

describe("denials on the terminal", () => {
  it("name the flag that would do where flags grant, unless a rule denies", () => {
    const { notes, terminal } = notebook();
    const denials = createDenials(terminal, flagFor);
    const call = { function: "f", reason: "no rule allows it" };
    denials.add({ import: "wasi:filesystem/types@0.2.0", rule: null, ...call });
    denials.add({ import: "wasi:sockets/tcp@0.2.0", rule: null, ...call });
    denials.add({ import: "wasi:cli/environment@0.2.0", rule: null, ...call });
    denials.add({ import: "wasi:filesystem/types@0.2.0", rule: "never", ...call });
    denials.add({ import: "wasi:cli/exit@0.2.0", rule: null, ...call });
    assert.deepEqual(
      notes.map((note) => / (--[a-z-]+) /.exec(note)?.[1]),
      ["--dir", "--allow-net", "--env", undefined, undefined],
    );
  });

  it("are told one by one up to twenty, and then counted, whatever a guest tries", () => {
    const { notes, terminal } = notebook();
    const denials = createDenials(terminal);
    for (let index = 0; index < 10_000; index += 1) {
      const reason = `no rule allows ${index}; this would, under allow:\n  - interface: wasi:cli/stdout`;
      denials.add({ import: "wasi:cli/stdout@0.2.0", function: "get-stdout", rule: null, reason });
    }
    assert.equal(notes.length, 20);
    assert.equal(
      notes[0]?.split("\n")[0],
      "denied wasi:cli/stdout@0.2.0 get-stdout: no rule allows 0; this would, under allow:",
    );
    assert.equal(notes[0]?.split("\n")[1], "  - interface: wasi:cli/stdout");
    denials.finish();
    assert.equal(notes.at(-1), "denied 9980 more calls; they are in the lineage");
    assert.equal(denials.listed.length, 20);
    assert.equal(denials.count, 10_000);
  });
});
