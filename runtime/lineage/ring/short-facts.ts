import { digestOf } from "../../digest.js";
import type { Facts, FactValue } from "../../policy/types.js";
import { CborWriter } from "../cbor-writer.js";
import { encodeJson } from "../value-encoding.js";
import { encodeWtf8, hasLoneSurrogate } from "../wtf8.js";

/** Longest string of a fact that a record holds in clear, in UTF-16 code units. */
const longestText = 1024;
/** Most bytes of CBOR that the facts of one record have; what is behind that is left out. */
const mostFactBytes = 64 * 1024;

/**
 * The facts of a call as its record holds them. A guest may choose a fact's text, and would otherwise choose how large its
 * evidence is: of a text that is too long, and of facts that are too many, the record holds length and digest.
 *
 * - `{ omitted: "text", bytes, digest }` stands for a string: the length and SHA-256 of its UTF-8 (WTF-8, where it has lone
 *   surrogates).
 * - `{ omitted: "facts", count, bytes, digest }` stands for the last facts of a list: the length and SHA-256 of the
 *   deterministic CBOR of the array of them.
 */
export function shortFacts(facts: readonly Facts[]): readonly Facts[] {
  if (areShort(facts)) return facts;
  const kept: Facts[] = [];
  let bytes = 0;
  for (const [index, fact] of facts.entries()) {
    const short = shortMap(fact);
    bytes += sizeOf(short);
    if (bytes > mostFactBytes) return [...kept, omittedFacts(facts.slice(index))];
    kept.push(short);
  }
  return kept;
}

/** Nearly all calls: a few facts, each a few short words. */
function areShort(facts: readonly Facts[]): boolean {
  let length = 0;
  for (const fact of facts) {
    for (const value of Object.values(fact)) {
      if (typeof value === "string") length += value.length;
      else if (typeof value === "object" && value !== null) return false;
      length += 16;
    }
  }
  return length <= longestText;
}

/** A text as a sentence about it, where it is too long for a record. */
export function shortText(text: string): string {
  if (text.length <= longestText) return text;
  const bytes = bytesOf(text);
  return `${bytes.length} bytes, ${digestOf(bytes)}`;
}

function shortMap(fact: Facts): Facts {
  return Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, shortValue(value)]));
}

function shortValue(value: FactValue): FactValue {
  if (typeof value === "string") return value.length <= longestText ? value : omittedText(value);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? value.map(shortValue) : shortMap(value as Facts);
}

function bytesOf(text: string): Buffer {
  return hasLoneSurrogate(text) ? encodeWtf8(text) : Buffer.from(text, "utf8");
}

function omittedText(text: string): Facts {
  const bytes = bytesOf(text);
  return { omitted: "text", bytes: bytes.length, digest: digestOf(bytes) };
}

function omittedFacts(facts: readonly Facts[]): Facts {
  const bytes = encoded(facts);
  return { omitted: "facts", count: facts.length, bytes: bytes.length, digest: digestOf(bytes) };
}

function sizeOf(fact: Facts): number {
  return encoded(fact).length;
}

function encoded(value: unknown): Uint8Array {
  const out = new CborWriter();
  encodeJson(out, value);
  return out.finish();
}
