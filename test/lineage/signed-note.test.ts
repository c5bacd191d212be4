import assert from "node:assert/strict";
import { test } from "vitest";
import { formatVerifierKey, isKeyName, parseVerifierKey } from "../../runtime/lineage/index.js";
import { keyId, openNote, signNote } from "../../runtime/lineage/signed-note.js";
import { newSigner } from "./sample-run.js";

/** The example of the Go module golang.org/x/mod/sumdb/note, where the format comes from. */
const verifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const note = `${text}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

const pinned = parseVerifierKey(verifierKey);
const keys = pinned === undefined ? [] : [pinned];

function refusal(changed: string, known = keys): string | undefined {
  const opened = openNote(Buffer.from(changed), known);
  return "refused" in opened ? opened.refused : undefined;
}

test("the format's own example opens under its own key", () => {
  assert.deepEqual(openNote(Buffer.from(note), keys), { text, signers: ["PeterNeumann"] });
});

test("a verifier key is written and read as the standard says", () => {
  assert.ok(pinned);
  assert.equal(formatVerifierKey(pinned), verifierKey);
  assert.equal(keyId(pinned).toString("hex"), "c74f20a3");
  for (let attempt = 0; attempt < 20; attempt++) {
    const key = newSigner();
    assert.deepEqual(parseVerifierKey(formatVerifierKey(key)), {
      name: key.name,
      publicKey: Uint8Array.from(key.publicKey),
    });
  }
});

test("a verifier key with another id, type, length or name is refused", () => {
  const [name, id, material] = verifierKey.split("+");
  for (const changed of [
    `${name}+c74f20a4+${material}`,
    `Peter Neumann+${id}+${material}`,
    `+${id}+${material}`,
    `${name}+${id}+Aw${material?.slice(2)}`,
    `${name}+${id}+${material?.slice(0, -4)}`,
    `${name}+${id}`,
    `${name}+${id}+${material}+x`,
    "",
  ]) {
    assert.equal(parseVerifierKey(changed), undefined, changed);
  }
});

test("a note that we sign opens, and with any byte changed does not", () => {
  const signer = newSigner();
  const signed = Buffer.from(signNote("one\n\ntwo\n", signer));
  assert.deepEqual(openNote(signed, [signer]), { text: "one\n\ntwo\n", signers: [signer.name] });
  for (const [index, byte] of signed.entries()) {
    const changed = Buffer.from(signed);
    changed[index] = byte ^ 1;
    assert.ok("refused" in openNote(changed, [signer]), `byte ${index}`);
  }
});

test("signatures by unknown keys are ignored, up to sixteen and more, and do not count", () => {
  const known = newSigner("known");
  const lines = Array.from({ length: 20 }, () => signNote(text, newSigner()).slice(text.length + 1)).join("");
  const byKnown = signNote(text, known).slice(text.length + 1);
  const opened = openNote(Buffer.from(`${text}\n${lines}${byKnown}`), [known]);
  assert.deepEqual(opened, { text, signers: ["known"] });
  assert.match(refusal(`${text}\n${lines}`, [known]) ?? "", /not signed by a key that is pinned/);
});

test("a signature by a key of the same name but another id is ignored", () => {
  const [ours, theirs] = [newSigner("same"), newSigner("same")];
  assert.match(refusal(signNote(text, theirs), [ours]) ?? "", /not signed by a key that is pinned/);
});

test("one bad signature of a known key refuses a note that another known key signed well", () => {
  const [good, bad] = [newSigner("good"), newSigner("bad")];
  const badLine = signNote("something else\n", bad).slice("something else\n".length + 1);
  assert.match(
    refusal(signNote(text, good) + badLine, [good, bad]) ?? "",
    /signature of bad does not verify/,
  );
});

test("a note in any other spelling is refused", () => {
  for (const changed of [
    note.slice(0, -1),
    `${note}\n`,
    note.replace("\u2014", "-"),
    note.replace("PeterNeumann x", "PeterNeumann  x"),
    note.replace("JnAM=\n", "JnAM\n"),
    note.replace("JnAM=\n", "JnAN=\n"),
    note.replace("\n\n", "\n"),
    note.replace("crypto", "\u0000crypto"),
    note.replaceAll("\n", "\r\n"),
    text,
    "",
  ]) {
    assert.notEqual(refusal(changed), undefined, JSON.stringify(changed));
  }
  assert.ok("refused" in openNote(Buffer.concat([Buffer.of(0xff), Buffer.from(note)]), keys));
});

test("names that would change how a note is read are no key names", () => {
  for (const name of ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u0000", "\ud800"])
    assert.equal(isKeyName(name), false);
  assert.equal(isKeyName("node-1.example.com/eu"), true);
});
