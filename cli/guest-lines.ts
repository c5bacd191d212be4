import { beginningOfOurs } from "./line-forms.js";

const escape = "\\u001b";
const colour = `${escape}\\[[0-9;]*m`;
/** Where a line wraps these move what follows to where lines begin. */
const blank = new RegExp(`^(?:${colour}|[ \\t])+`);
const ours = beginningOfOurs(colour);
/** A colour, whole or as far as it has come: however long it is, it says as much as a short one. */
const anyColour = new RegExp(`${escape}\\[[0-9;]*(m|$)`, "g");
/** How much of a line decides, without what is blank, its colours shortened. */
const decisive = 120;
const mark = Buffer.from("guest: ");

/**
 * Tells a guest's lines apart from ours where both go to one place: a line that begins as one of ours does gets `guest: ` before
 * it. Everything else passes byte for byte and at once. Where such a beginning comes in pieces, what
 * has been passed on already stays, and the mark stands within it. One for each place, whoever writes there: a line may come
 * in pieces from several.
 */
export class GuestLines {
  /** The line so far, without blanks before it, as Latin-1; undefined once it is decided. */
  #begun: string | undefined = "";

  take(bytes: Uint8Array): Uint8Array {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const { index, 0: ending } of [...text.matchAll(/[\n\r]/g), { index: text.length, 0: "" }]) {
      if (this.#isForged(text.slice(at, index))) parts.push(mark);
      parts.push(bytes.subarray(at, index + ending.length));
      at = index + ending.length;
      if (ending !== "") this.#begun = "";
    }
    return parts.length === 1 ? bytes : Buffer.concat(parts);
  }

  /** Somebody else has ended the line. */
  begin(): void {
    this.#begun = "";
  }

  #isForged(more: string): boolean {
    if (this.#begun === undefined) return false;
    const all = (this.#begun + more).replace(blank, "").replace(anyColour, "\u001b[$1");
    this.#begun = all.slice(0, decisive);
    const isForged = ours.test(this.#begun);
    if (isForged || this.#begun.length >= decisive) this.#begun = undefined;
    return isForged;
  }
}
