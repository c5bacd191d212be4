import type { ResourceType, ValueType } from "../../component/wit-types.js";
import { partsOf, payloadsOf } from "./lowering/canonical-layout.js";

/**
 * Whether a call with these parameters can both lend and give away one handle. The Canonical ABI wants a trap for that:
 * the host object would be gone while the other argument still names it.
 */
export function mayLendAndGive(params: readonly ValueType[]): boolean {
  const lent = new Set<ResourceType>();
  const given = new Set<ResourceType>();
  for (const param of params) collect(param, lent, given);
  return [...lent].some((resource) => given.has(resource));
}

function collect(type: ValueType | undefined, lent: Set<ResourceType>, given: Set<ResourceType>): void {
  switch (type?.kind) {
    case "own":
      given.add(type.resource);
      return;
    case "borrow":
      lent.add(type.resource);
      return;
    case "list":
      return collect(type.element, lent, given);
    case "record":
    case "tuple":
      for (const part of partsOf(type)) collect(part, lent, given);
      return;
    case "variant":
    case "option":
    case "result":
      for (const payload of payloadsOf(type)) collect(payload, lent, given);
      return;
    case undefined:
    case "bool":
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "s64":
    case "u64":
    case "f32":
    case "f64":
    case "char":
    case "string":
    case "enum":
    case "flags":
      return;
  }
}
