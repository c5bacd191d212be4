/**
 * Collects the statements of one generated function, and what they refer to.
 *
 * Names of the component never become identifiers: property names and cases are written as string literals by
 * {@link quote}, anything else is a numbered variable or constant of ours.
 */
export class CodeWriter {
  readonly #lines: string[] = [];
  readonly #constants: unknown[] = [];
  #variables = 0;
  #depth = 0;

  line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
  }

  /** `head {` … `}` */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#depth += 1;
    body();
    this.#depth -= 1;
    this.line("}");
  }

  /** A name that nothing else in the function has. */
  variable(): string {
    this.#variables += 1;
    return `v${this.#variables}`;
  }

  /** Keeps the value of an expression, evaluated here, under a new name. */
  keep(expression: string): string {
    const name = this.variable();
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  /** The name of a value that the function closes over. */
  constant(value: unknown): string {
    const known = this.#constants.indexOf(value);
    if (known >= 0) return `k${known}`;
    this.#constants.push(value);
    return `k${this.#constants.length - 1}`;
  }

  /** The function `(parameters) => { lines }`. */
  compile(parameters: readonly string[]): (...values: unknown[]) => unknown {
    const names = this.#constants.map((_, index) => `k${index}`);
    const text = `"use strict"; return (${parameters.join(", ")}) => {\n${this.#lines.join("\n")}\n};`;
    // The text is made of this file's and its callers' literals, numbers and quoted names.
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
    const make = new Function(...names, text) as (...constants: readonly unknown[]) => never;
    return make(...this.#constants);
  }
}

/** A string literal. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** A property of an object literal. `__proto__` would set the prototype, and no WIT name becomes it. */
export function property(name: string, expression: string): string {
  if (name === "__proto__") throw new TypeError("a field cannot be called __proto__");
  return `${quote(name)}: ${expression}`;
}
