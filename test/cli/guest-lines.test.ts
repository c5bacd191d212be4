import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { GuestLines } from "../../cli/guest-lines.js";

/** What comes out for pieces that come in one after the other. */
function through(...pieces: readonly string[]): string {
  const lines = new GuestLines();
  return pieces.map((piece) => Buffer.from(lines.take(Buffer.from(piece))).toString()).join("");
}

describe("a guest's lines beside ours", () => {
  it("pass byte for byte where they do not begin like a line of ours", () => {
    for (const text of [
      "",
      "\n",
      "hello\n",
      "a warning: unused\n",
      "warnings: 2\n",
      "login\n",
      "log in first\n",
      "run the tests\n",
      "error: no\n",
      "error[E0425]: cannot find x\n",
      "an error[RUN_TRAPPED]: x\n",
      "the next: x",
      "\u00e9\u{1F512}\n",
    ])
      assert.equal(through(text), text);
    const bytes = Uint8Array.of(0xff, 0xfe, 10, 0x80);
    assert.deepEqual(Buffer.from(new GuestLines().take(bytes)), Buffer.from(bytes));
  });

  it("are marked where they do", () => {
    assert.equal(
      through("error[RUN_TRAPPED]: x\nnext: y\nz\n"),
      "guest: error[RUN_TRAPPED]: x\nguest: next: y\nz\n",
    );
    assert.equal(through("a\r  error[INTERNAL]: x"), "a\rguest:   error[INTERNAL]: x");
    assert.equal(
      through("warning: x\ndenied wasi:io/poll poll: y\nlog info a: z\nnote: n\n"),
      "guest: warning: x\nguest: denied wasi:io/poll poll: y\nguest: log info a: z\nguest: note: n\n",
    );
    const wide = " ".repeat(400);
    assert.equal(through(`${wide}next: x`), `guest: ${wide}next: x`);
    assert.equal(through(wide, wide, "next: x"), `${wide}${wide}guest: next: x`);
    assert.equal(
      through("\u001b[31merror\u001b[0m[SIGNATURE_REVOKED]: x"),
      "guest: \u001b[31merror\u001b[0m[SIGNATURE_REVOKED]: x",
    );
  });

  it("are marked as well where the beginning comes in pieces", () => {
    const pieces = "error[RUN_DENIED]: it was not".split("");
    assert.equal(through(...pieces), "error[RUN_DENIEDguest: ]: it was not");
    assert.equal(through("x\nnex", "t: run this\n"), "x\nnexguest: t: run this\n");
    assert.equal(through("x", "next: y"), "xnext: y", "within a line");
    const colour = `\u001b[${"0;".repeat(200)}`;
    assert.equal(through(colour, "0mnext: x"), `${colour}guest: 0mnext: x`, "behind a colour in pieces");
    assert.equal(through("ne", colour, "0mxt: x"), `ne${colour}0mxt: x`, "no colours within a word");
    assert.equal(through("next", colour, "0m: x"), `next${colour}guest: 0m: x`);
  });

  it("are marked where a line of ours has just ended the guest's", () => {
    const lines = new GuestLines();
    lines.take(Buffer.from("x"));
    lines.begin();
    assert.equal(Buffer.from(lines.take(Buffer.from("next: y\n"))).toString(), "guest: next: y\n");
  });
});
