import { Composer, type CST, LineCounter, Parser, isMap, isScalar, isSeq } from "yaml";
import { WrunError } from "../../errors/index.js";
import { refuseHidden } from "./one-reading.js";
import { refuseFeatures } from "./yaml-features.js";

/** One value of the document, with where it stands. `offset` counts UTF-16 units from the start of the text. */
export type ManifestNode =
  | { readonly kind: "mapping"; readonly offset: number; readonly entries: readonly ManifestEntry[] }
  | { readonly kind: "sequence"; readonly offset: number; readonly items: readonly ManifestNode[] }
  | {
      readonly kind: "scalar";
      readonly offset: number;
      readonly value: ScalarValue;
      /** As it is written, where it has no quotes. */
      readonly plain?: string;
    };

export interface ManifestEntry {
  readonly key: string;
  readonly keyOffset: number;
  readonly value: ManifestNode;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

export type ScalarValue = string | number | bigint | boolean | null;

export interface ManifestDocument {
  readonly root: ManifestNode;
  /** `policy.yaml:14:5`, for the start of an error's message. */
  at(offset: number): string;
  /** From 1, both. */
  position(offset: number): Position;
}

const sizeLimit = 1024 * 1024;

/**
 * Reads YAML 1.2 (or JSON, which is a subset of it) into a tree of plain values that remembers its lines.
 * Only one reading of the bytes is possible: no second document, no alias, no duplicate key, no other encoding.
 */
export function readDocument(bytes: Uint8Array, source: string): ManifestDocument {
  if (bytes.byteLength > sizeLimit) {
    throw new WrunError("POLICY_TOO_LARGE", { source, size: bytes.byteLength, limit: sizeLimit });
  }
  const lines = new LineCounter();
  const text = decode(bytes, source);
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const at = (offset: number) => `${source}:${position(offset).line}:${position(offset).column}`;
  const line = (offset: number) => position(offset).line;

  // Without these, what a reviewer sees on a screen is what is parsed.
  refuseHidden(text, at);
  const tokens = [...new Parser().parse(text)];
  refuseFeatures(tokens, at);
  return { root: compose(tokens, at, line), at, position };
}

function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const before = new TextDecoder("utf-8").decode(bytes).split("\ufffd", 1).join("");
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    throw new WrunError("POLICY_NOT_UTF8", { at: `${source}:${line}:${column}` }, { cause });
  }
}

type At = (offset: number) => string;

function compose(tokens: readonly CST.Token[], at: At, line: (offset: number) => number): ManifestNode {
  // Duplicate keys are looked for in `mapping`: the library compares every pair of keys.
  const options = {
    version: "1.2",
    schema: "core",
    strict: true,
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    intAsBigInt: true,
    prettyErrors: false,
    logLevel: "silent",
  } as const;
  const documents = [...new Composer(options).compose(tokens)];
  const document = documents[0];
  if (document === undefined || document.contents === null) {
    throw new WrunError("POLICY_SYNTAX", { at: at(0), reason: "the policy is empty" });
  }
  const fault = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (fault !== undefined) {
    throw new WrunError("POLICY_SYNTAX", { at: at(fault.pos[0]), reason: sentence(fault.message) });
  }
  return convert(document.contents, 0, at, line);
}

function sentence(message: string): string {
  return `cannot be read: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function convert(node: unknown, fallback: number, at: At, line: (offset: number) => number): ManifestNode {
  if (isScalar(node)) {
    return {
      kind: "scalar",
      offset: node.range?.[0] ?? fallback,
      value: scalar(node.value, node.range?.[0], at),
      ...(node.type === "PLAIN" && node.source !== undefined ? { plain: node.source } : {}),
    };
  }
  if (isSeq(node)) {
    const offset = node.range?.[0] ?? fallback;
    return { kind: "sequence", offset, items: node.items.map((item) => convert(item, offset, at, line)) };
  }
  if (isMap(node)) {
    const offset = node.range?.[0] ?? fallback;
    const seen = new Map<string, number>();
    const entries = node.items.map(({ key, value }): ManifestEntry => {
      const keyOffset = (isScalar(key) ? key.range?.[0] : undefined) ?? offset;
      if (!isScalar(key) || typeof key.value !== "string") {
        throw new WrunError("POLICY_SYNTAX", { at: at(keyOffset), reason: "a key must be a string" });
      }
      const name = wellFormed(key.value, keyOffset, at);
      // Some schemas drop this key instead of refusing it.
      if (name === "__proto__") {
        throw new WrunError("POLICY_SYNTAX", {
          at: at(keyOffset),
          reason: "has the key __proto__, which means nothing",
        });
      }
      const first = seen.get(name);
      if (first !== undefined) {
        throw new WrunError("POLICY_KEY_DUPLICATE", { at: at(keyOffset), key: name, first: line(first) });
      }
      seen.set(name, keyOffset);
      return { key: name, keyOffset, value: convert(value, keyOffset, at, line) };
    });
    return { kind: "mapping", offset, entries };
  }
  return { kind: "scalar", offset: fallback, value: null };
}

function scalar(value: unknown, offset: number | undefined, at: At): ScalarValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === "string") return wellFormed(value, offset ?? 0, at);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  throw new WrunError("POLICY_SYNTAX", {
    at: at(offset ?? 0),
    reason: "holds a value that a policy has no use for",
  });
}

/** `"\ud800"` is a string to YAML, but no text: two different ones become the same bytes in a record. */
function wellFormed(text: string, offset: number, at: At): string {
  if (/\p{Surrogate}/u.test(text)) {
    throw new WrunError("POLICY_SYNTAX", { at: at(offset), reason: "holds half of a surrogate pair" });
  }
  return text;
}
