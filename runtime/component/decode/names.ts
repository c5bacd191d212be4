import { type ByteReader, malformed, unsupported } from "./byte-reader.js";
import { decodeLimits } from "./limits.js";

const label = "(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:[0-9a-z]+|[0-9A-Z]+))*";
const words = "[a-z][0-9a-z]*(?:-[0-9a-z]+)*";
const numeric = "(?:0|[1-9][0-9]*)";
const semver =
  `${numeric}\\.${numeric}\\.${numeric}` +
  `(?:-(?:${numeric}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:${numeric}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?` +
  "(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?";

const labelPattern = new RegExp(`^${label}$`);
const plainPattern = new RegExp(
  `^(?:${label}|\\[constructor\\]${label}|\\[(?:method|static)\\]${label}\\.${label})$`,
);
const interfacePattern = new RegExp(`^${words}:${words}/${label}(?:@${semver})?$`);

/** A kebab-case name: of a field, case, flag or parameter. */
export function readLabel(reader: ByteReader, what: string): string {
  const at = reader.offset;
  const name = reader.name(`the name of ${what}`);
  if (!labelPattern.test(name)) throw malformed(at, `${quote(name)} is not a kebab-case name for ${what}`);
  return name;
}

/**
 * The name of an import or export, with the byte before it. JavaScript is generated from these names later, so
 * nothing but the two exact forms passes: a plain name (`run`, `[method]descriptor.read`) or an interface
 * (`wasi:io/streams@0.2.6`). Names that carry a URL, a hash or a dependency are refused.
 */
export function readExternName(reader: ByteReader, what: string): string {
  const at = reader.offset;
  const form = reader.byte(`the form of the name of ${what}`);
  if (form === 0x02) throw unsupported(at, `the name of ${what} has attributes`);
  if (form > 0x02) throw malformed(at, `the name of ${what} has the unknown form ${form}`);
  const name = reader.name(`the name of ${what}`);
  if (plainPattern.test(name) || interfacePattern.test(name)) return name;
  if (/^(?:url|integrity|locked-dep|unlocked-dep|relative-url)=/.test(name)) {
    throw unsupported(at, `${quote(name)} names ${what} by URL, hash or dependency`);
  }
  if (/^\[[^\]]*async/.test(name)) throw unsupported(at, `${quote(name)} is asynchronous`);
  throw malformed(at, `${quote(name)} is not a name that ${what} may have`);
}

/** Printable ASCII without quotes, backslashes, backticks and braces. */
const corePattern = /^[ !#-&(-[\]-_a-z|~]*$/;

/**
 * The name of a core import, export or argument. WebAssembly allows any text, and the toolchain writes it between
 * single quotes into the JavaScript that it generates without escaping it: a quote or a line break in such a name
 * would be code that runs outside of the sandbox. Nothing a compiler emits needs them.
 */
export function readCoreName(reader: ByteReader, what: string): string {
  const at = reader.offset;
  const name = reader.name(what, decodeLimits.coreNameBytes);
  if (!corePattern.test(name)) {
    throw unsupported(
      at,
      `${what} is ${quote(name)}, which has characters that core names may not have here`,
    );
  }
  return name;
}

export function isInterfaceName(name: string): boolean {
  return interfacePattern.test(name);
}

/** True for `run`, false for `[method]a.b` and for interfaces. */
export function isLabel(name: string): boolean {
  return labelPattern.test(name);
}

/** Collects names that must differ in more than case, as the Component Model asks. */
export class UniqueNames {
  readonly #seen = new Set<string>();

  add(name: string, offset: number, what: string): void {
    const folded = name.toLowerCase().replace(/^\[(?:method|static)\]/, "");
    if (this.#seen.has(folded)) throw malformed(offset, `${quote(name)} names two ${what}`);
    this.#seen.add(folded);
  }
}

export function quote(name: string): string {
  const shown = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  return `'${shown}'`;
}
