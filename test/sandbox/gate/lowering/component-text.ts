import type { FunctionType, ResourceType, ValueType } from "../../../../runtime/component/wit-types.js";
import { coreSignature } from "./canonical-abi/layout.js";
import type { Encoding } from "./canonical-abi/lift.js";
import { interfaceName, resources } from "./signatures.js";

/** What `realloc` of the memory's module does; its global `mode`. */
export const realloc = {
  allocates: 0,
  answersOdd: 1,
  answersOutside: 2,
  traps: 3,
  callsOut: 4,
  growsFirst: 5,
  answersNothing: 6,
} as const;

/** Where `realloc` begins to allocate, and how much memory there is then. Below it is the caller's. */
export const heapStart = 1 << 18;
export const memoryPages = 8;

/**
 * A component that imports the functions, as `f0`, `f1` … of one interface, with a core module that exports a function
 * for each which only passes its parameters on. `make-…` gives a handle, `which-…` tells the host which one it is,
 * and `drop-…` drops it.
 */
export function componentText(functions: readonly FunctionType[], encoding: Encoding): string {
  const own = (resource: ResourceType): ValueType => ({ kind: "own", resource });
  const borrow = (resource: ResourceType): ValueType => ({ kind: "borrow", resource });
  const all = new Map<string, FunctionType>([
    ...functions.map((type, index) => [`f${index}`, type] as const),
    ...resources.map((item) => [`make-${item.name}`, { params: [], result: own(item) }] as const),
    ...resources.map(
      (item) =>
        [`which-${item.name}`, { params: [{ name: "it", type: borrow(item) }], result: undefined }] as const,
    ),
  ]);
  const cores = [...all].map(([name, { params, result }]) => {
    const core = coreSignature(
      params.map(({ type }) => type),
      result,
    );
    return { name, params: core.params.join(" "), arity: core.params.length, result: core.result };
  });
  for (const { name } of resources)
    cores.push({ name: `drop-${name}`, params: "i32", arity: 1, result: undefined });
  const signature = (core: (typeof cores)[number]): string =>
    `(param ${core.params})${core.result === undefined ? "" : ` (result ${core.result})`}`;

  return `(component
    (import "${interfaceName}" (instance $api ${interfaceText(all)}))
    ${resources.map(({ name }) => `(alias export $api "${name}" (type $${name}))`).join("\n")}
    ${memoryModule}
    (core instance $memory (instantiate $memory))
    (alias core export $memory "memory" (core memory $mem))
    (alias core export $memory "realloc" (core func $realloc))
    ${[...all.keys()]
      .map(
        (name) => `(alias export $api "${name}" (func $${name}))
    (core func $core-${name} (canon lower (func $${name}) (memory $mem) (realloc $realloc) string-encoding=${encoding}))`,
      )
      .join("\n")}
    ${resources.map(({ name }) => `(core func $core-drop-${name} (canon resource.drop $${name}))`).join("\n")}
    (core module $main
      (import "memory" "table" (table 1 funcref))
      ${cores.map((core) => `(import "host" "${core.name}" (func $${core.name} ${signature(core)}))`).join("\n")}
      (elem (i32.const 0) func $make-${resources[0]?.name})
      ${cores
        .map(
          (core) => `(func (export "${core.name}") ${signature(core)}
        ${Array.from({ length: core.arity }, (_, index) => `local.get ${index}`).join(" ")} call $${core.name})`,
        )
        .join("\n")})
    (core instance $main (instantiate $main
      (with "memory" (instance $memory))
      (with "host" (instance ${cores.map(({ name }) => `(export "${name}" (func $core-${name}))`).join(" ")})))))`;
}

/** `table` holds a host function, for a `realloc` that calls out. */
const memoryModule = `(core module $memory
  (type $make (func (result i32)))
  (memory (export "memory") ${memoryPages})
  (table $table (export "table") 1 funcref)
  (global $next (export "next") (mut i32) (i32.const ${heapStart}))
  (global $mode (export "mode") (mut i32) (i32.const 0))
  (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (if (i32.eq (global.get $mode) (i32.const ${realloc.growsFirst}))
      (then (drop (memory.grow (i32.const 1)))))
    (block $enough
      (loop $grow
        (br_if $enough (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
        unreachable))
    (if (i32.eq (global.get $mode) (i32.const ${realloc.answersOdd}))
      (then (return (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.eq (global.get $mode) (i32.const ${realloc.answersOutside}))
      (then (return (i32.const -8))))
    (if (i32.eq (global.get $mode) (i32.const ${realloc.answersNothing}))
      (then (return (i32.const 0))))
    (if (i32.eq (global.get $mode) (i32.const ${realloc.traps})) (then unreachable))
    (if (i32.eq (global.get $mode) (i32.const ${realloc.callsOut}))
      (then (drop (call_indirect $table (type $make) (i32.const 0)))))
    (local.get $at)))`;

/** The declarations of an instance type. Types with names of their own are exported first. */
function interfaceText(functions: ReadonlyMap<string, FunctionType>): string {
  const lines = resources.map(({ name }) => `(export "${name}" (type $${name} (sub resource)))`);
  const declare = (text: string, isNamed: boolean): string => {
    const name = `$t${lines.length}`;
    lines.push(`(type ${name} ${text})`);
    if (!isNamed) return name;
    lines.push(`(export "t${lines.length}" (type ${name}-named (eq ${name})))`);
    return `${name}-named`;
  };
  const typeText = (type: ValueType): string => {
    const payload = (inner: ValueType | undefined): string =>
      inner === undefined ? "" : ` ${typeText(inner)}`;
    const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(" ");
    switch (type.kind) {
      case "list":
      case "option": {
        const inner = typeText(type.kind === "list" ? type.element : type.type);
        return declare(`(${type.kind} ${inner})`, false);
      }
      case "tuple":
        return declare(`(tuple ${type.items.map(typeText).join(" ")})`, false);
      case "result": {
        const ok = payload(type.ok);
        return declare(`(result${ok}${type.err === undefined ? "" : ` (error${payload(type.err)})`})`, false);
      }
      case "own":
      case "borrow":
        return declare(`(${type.kind} $${type.resource.name})`, false);
      case "record": {
        const fields = type.fields.map((field) => `(field "${field.name}" ${typeText(field.type)})`);
        return declare(`(record ${fields.join(" ")})`, true);
      }
      case "variant": {
        const cases = type.cases.map((item) => `(case "${item.name}"${payload(item.type)})`);
        return declare(`(variant ${cases.join(" ")})`, true);
      }
      case "enum":
        return declare(`(enum ${quoted(type.cases)})`, true);
      case "flags":
        return declare(`(flags ${quoted(type.names)})`, true);
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
        return type.kind;
    }
  };
  for (const [name, { params, result }] of functions) {
    const list = params.map((param) => `(param "${param.name}" ${typeText(param.type)})`).join(" ");
    const answer = result === undefined ? "" : `(result ${typeText(result)})`;
    lines.push(`(export "${name}" (func ${list} ${answer}))`);
  }
  return lines.join("\n");
}
