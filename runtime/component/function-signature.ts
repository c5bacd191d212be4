import { isPrimitive } from "./primitive-types.js";
import type { FunctionType, ResourceType, ValueType, VariantCase } from "./wit-types.js";

/**
 * A function's type as one line of text; two types are the same exactly when their lines are. Names of parameters,
 * fields and cases are part of it, since rules and values go by them; versions of interfaces are not.
 */
export function signatureOf({ params, result }: FunctionType): string {
  const list = params.map(({ name, type }) => `${name}: ${write(type)}`).join(", ");
  return `(${list}) -> ${write(result)}`;
}

function write(type: ValueType | undefined): string {
  if (type === undefined) return "_";
  if (isPrimitive(type)) return type.kind;
  switch (type.kind) {
    case "list":
      return `list<${write(type.element)}>`;
    case "option":
      return `option<${write(type.type)}>`;
    case "result":
      return `result<${write(type.ok)}, ${write(type.err)}>`;
    case "tuple":
      return `tuple<${type.items.map(write).join(", ")}>`;
    case "record":
      return `record{${type.fields.map((field) => `${field.name}: ${write(field.type)}`).join(", ")}}`;
    case "variant":
      return `variant{${type.cases.map(writeCase).join(", ")}}`;
    case "enum":
      return `enum{${type.cases.join(", ")}}`;
    case "flags":
      return `flags{${type.names.join(", ")}}`;
    case "own":
    case "borrow":
      return `${type.kind}<${writeResource(type.resource)}>`;
  }
}

function writeCase({ name, type }: VariantCase): string {
  return type === undefined ? name : `${name}(${write(type)})`;
}

function writeResource({ interface: name, name: resource }: ResourceType): string {
  return `${name?.split("@")[0] ?? "$world"}.${resource}`;
}
