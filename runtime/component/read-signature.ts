import { isPrimitive } from "./primitive-types.js";
import type { FunctionType, NamedType, ResourceType, ValueType, VariantCase } from "./wit-types.js";

/** An arrow, a mark, or a name; the name of a resource has colons within. */
const token = /->|[<>{}(),]|:(?=\s)|[^\s<>{}(),:]+(?::[^\s<>{}(),:]+)*/g;

/**
 * Reads what `signatureOf` writes; undefined for any other text. A resource is an object of its own wherever it is named,
 * so two handles of the same one cannot be told by comparing these.
 */
export function readSignature(text: string): FunctionType | undefined {
  try {
    const tokens = new Tokens(text);
    const params = tokens.list("(", ")", readNamed);
    tokens.take("->");
    const result = readOptional(tokens);
    tokens.end();
    return { params, result };
  } catch (error) {
    if (error instanceof Misfit) return undefined;
    throw error;
  }
}

class Misfit extends Error {}

class Tokens {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.match(token) ?? [];
  }

  peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  take(expected: string): void {
    if (this.peek() !== expected) throw new Misfit();
    this.#next++;
  }

  name(): string {
    const found = this.peek();
    if (found === undefined || !/^[\w$]/.test(found)) throw new Misfit();
    this.#next++;
    return found;
  }

  end(): void {
    if (this.peek() !== undefined) throw new Misfit();
  }

  list<Item>(open: string, close: string, read: (tokens: Tokens) => Item): readonly Item[] {
    this.take(open);
    const items: Item[] = [];
    while (this.peek() !== close) {
      if (items.length > 0) this.take(",");
      items.push(read(this));
    }
    this.take(close);
    return items;
  }
}

function readNamed(tokens: Tokens): NamedType {
  const name = tokens.name();
  tokens.take(":");
  return { name, type: readType(tokens) };
}

function readOptional(tokens: Tokens): ValueType | undefined {
  if (tokens.peek() !== "_") return readType(tokens);
  tokens.take("_");
  return undefined;
}

function readType(tokens: Tokens): ValueType {
  const kind = tokens.name();
  switch (kind) {
    case "list":
      return { kind, element: readOnly(tokens, readType) };
    case "option":
      return { kind, type: readOnly(tokens, readType) };
    case "result": {
      const [ok, err, ...more] = tokens.list("<", ">", (one) => ({ type: readOptional(one) }));
      if (ok === undefined || err === undefined || more.length > 0) throw new Misfit();
      return { kind, ok: ok.type, err: err.type };
    }
    case "tuple":
      return { kind, items: tokens.list("<", ">", readType) };
    case "record":
      return { kind, fields: tokens.list("{", "}", readNamed) };
    case "variant":
      return { kind, cases: tokens.list("{", "}", readCase) };
    case "enum":
      return { kind, cases: tokens.list("{", "}", (one) => one.name()) };
    case "flags":
      return { kind, names: tokens.list("{", "}", (one) => one.name()) };
    case "own":
    case "borrow":
      return { kind, resource: readOnly(tokens, readResource) };
    default:
      return readPrimitive(kind);
  }
}

function readOnly<Item>(tokens: Tokens, read: (tokens: Tokens) => Item): Item {
  const [item, ...more] = tokens.list("<", ">", read);
  if (item === undefined || more.length > 0) throw new Misfit();
  return item;
}

function readCase(tokens: Tokens): VariantCase {
  const name = tokens.name();
  if (tokens.peek() !== "(") return { name, type: undefined };
  tokens.take("(");
  const type = readType(tokens);
  tokens.take(")");
  return { name, type };
}

function readResource(tokens: Tokens): ResourceType {
  const text = tokens.name();
  const dot = text.lastIndexOf(".");
  if (dot < 0) throw new Misfit();
  const owner = text.slice(0, dot);
  return { name: text.slice(dot + 1), interface: owner === "$world" ? undefined : owner };
}

function readPrimitive(kind: string): ValueType {
  const type = { kind } as ValueType;
  if (!isPrimitive(type)) throw new Misfit();
  return type;
}
