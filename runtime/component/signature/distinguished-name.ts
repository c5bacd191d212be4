import type { Name } from "../../x509-library.js";

/** Attributes by short name: `C`, `ST`, `O`, … Each at most once. */
export type DistinguishedName = ReadonlyMap<string, string>;

const known = new Set(["C", "ST", "L", "O", "OU", "CN", "STREET", "DC", "UID", "POSTALCODE", "SERIALNUMBER"]);
const required = ["C", "ST", "O"];
const escapable = ' ,;\\+"<>#=';

/**
 * The part after `x509.subject:` of a trusted identity: RFC 4514's string form, restricted as the Notary Project's
 * trust policy demands (country, state and organization present, no attribute twice).
 * Throws a plain `Error` that says what is wrong, for the caller to place.
 */
export function parseIdentityName(text: string): DistinguishedName {
  const name = new Map<string, string>();
  for (const part of splitUnescaped(text)) {
    const at = part.indexOf("=");
    if (at < 0) throw new Error(`'${part.trim()}' is not an attribute such as O=example`);
    const type = normalType(part.slice(0, at).trim());
    if (!known.has(type)) throw new Error(`the attribute ${type} is not one that wrun can compare`);
    if (name.has(type)) throw new Error(`the attribute ${type} appears twice`);
    const value = unescape(part.slice(at + 1));
    if (value === "") throw new Error(`the attribute ${type} is empty`);
    name.set(type, value);
  }
  for (const type of required)
    if (!name.has(type)) throw new Error(`it has no ${type}; C, ST and O are needed`);
  return name;
}

/** A certificate's subject in the same terms; undefined where it cannot be compared without doubt. */
export function certificateName(subject: Name): DistinguishedName | undefined {
  const name = new Map<string, string>();
  for (const relative of subject.toJSON()) {
    const attributes = Object.entries(relative);
    const [attribute] = attributes;
    // Several attributes in one RDN, or one of them twice: which would be meant?
    if (attribute === undefined || attributes.length !== 1 || attribute[1].length !== 1) return undefined;
    const type = normalType(attribute[0]);
    const value: unknown = attribute[1][0];
    if (name.has(type) || typeof value !== "string") return undefined;
    name.set(type, value);
  }
  return name;
}

/** Whether the subject has every attribute of the identity, with exactly its value. */
export function matchesIdentity(identity: DistinguishedName, subject: DistinguishedName): boolean {
  return [...identity].every(([type, value]) => subject.get(type) === value);
}

/** Whether some subject could match both, which the trust policy specification forbids. */
export function overlap(one: DistinguishedName, other: DistinguishedName): boolean {
  return [...one].every(([type, value]) => !other.has(type) || other.get(type) === value);
}

function normalType(type: string): string {
  const upper = type.toUpperCase();
  return upper === "S" ? "ST" : upper;
}

function splitUnescaped(text: string): readonly string[] {
  const parts = [""];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === ",") {
      parts.push("");
      continue;
    }
    if (character === "\\") at += 1;
    parts.push(`${parts.pop() ?? ""}${character}${character === "\\" ? text.charAt(at) : ""}`);
  }
  return parts;
}

/** Removes outer spaces that are not escaped, and resolves escapes. */
function unescape(raw: string): string {
  const text = raw.trimStart();
  let value = "";
  let kept = 0;
  for (let at = 0; at < text.length; at += 1) {
    let character = text.charAt(at);
    if (character === "\\") {
      at += 1;
      character = text.charAt(at);
      if (character === "" || !escapable.includes(character))
        throw new Error(`'\\${character}' is not an escape`);
      kept = value.length + 1;
    } else if (';+"<>'.includes(character) || (character === "#" && value === "")) {
      throw new Error(`'${character}' must be written as '\\${character}'`);
    } else if (character !== " ") kept = value.length + 1;
    value += character;
  }
  return value.slice(0, kept);
}
