import { WrunError } from "../../errors/index.js";
import type { ResourceType } from "../wit-types.js";

const blank = /(?:[ \t\r\n]|\/\/[^\n]*)*/y;
const label = /%?(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*/y;

const keywords: ReadonlySet<string> = new Set(["true", "false", "inf", "nan", "some", "none", "ok", "err"]);

export function isKeyword(name: string): boolean {
  return keywords.has(name);
}

/** Reads what stands where a value has a handle of `resource`. WAVE has no form for that; a call that makes one has. */
export type ReadHandle = (resource: ResourceType) => unknown;

/** A place in a text. Errors are `WAVE_SYNTAX` and name the column, counted from 1 in characters of the whole text. */
export class Cursor {
  readonly #text: string;
  readonly #readHandle: ReadHandle | undefined;
  #at = 0;

  constructor(text: string, readHandle?: ReadHandle) {
    this.#text = text;
    this.#readHandle = readHandle;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  get position(): number {
    return this.#at;
  }

  /** Steps over blanks and comments, which may stand between tokens. */
  skipBlank(): void {
    this.#match(blank);
  }

  /** Steps over `token`, if that is what comes next. */
  take(token: string): boolean {
    this.skipBlank();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  expect(token: string, what = `'${token}'`): void {
    if (!this.take(token)) throw this.unexpected(what);
  }

  /** A label as it is written, with its `%` if it has one. */
  label(): string | undefined {
    this.skipBlank();
    return this.#match(label);
  }

  /** Looks at the label that comes next and stays where it is. */
  peekLabel(): string | undefined {
    const before = this.#at;
    const found = this.label();
    this.#at = before;
    return found;
  }

  /** What a sticky pattern matches right here, without blanks before it. */
  match(pattern: RegExp): string | undefined {
    return this.#match(pattern);
  }

  /** The next Unicode character. */
  character(): string | undefined {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return undefined;
    const character = String.fromCodePoint(point);
    this.#at += character.length;
    return character;
  }

  handle(resource: ResourceType): unknown {
    if (this.#readHandle !== undefined) return this.#readHandle(resource);
    throw this.error(`a handle of the resource ${resource.name} cannot be written as text`);
  }

  unexpected(expected: string): WrunError {
    this.skipBlank();
    const rest = this.#text.slice(this.#at, this.#at + 20);
    const found = rest === "" ? "the end" : `'${rest.split("\n", 1)[0] ?? ""}'`;
    return this.error(`expected ${expected}, found ${found}`);
  }

  error(reason: string, position = this.#at): WrunError {
    return new WrunError("WAVE_SYNTAX", { column: this.column(position), reason });
  }

  column(position = this.#at): number {
    return Array.from(this.#text.slice(0, position)).length + 1;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
