import { camelCase, isPrimitive, isTaggedOption } from "../../../component/in-worker.js";
import type { ValueType } from "../../../component/wit-types.js";
import {
  mostHandleBytes,
  mostHeadBytes,
  mostTextBytes,
  writeBigInteger,
  writeBoolean,
  writeBytes,
  writeFloat,
  writeHandle,
  writeInteger,
  writeText,
} from "../../../lineage/in-worker.js";
import { payloadsOf } from "../lowering/canonical-layout.js";
import { type CodeWriter, quote } from "../lowering/code-writer.js";
import { caseNames } from "../lowering/value-names.js";

/** What recording a value needs besides the type. */
export interface RecordContext {
  readonly out: CodeWriter;
  /** Name of the ring's bytes. */
  readonly bytes: string;
  /** Name of the variable that says where the next byte goes. */
  readonly at: string;
  /** Name of a function that gives the number of a host object. */
  readonly numberOf: string;
}

/**
 * Whether generated code can record a value of this type. Lists of anything but bytes are left to the encoder that
 * looks at values, since their length would have to be walked twice; handles within other values are not looked for.
 */
export function isRecordable(type: ValueType | undefined, top = true): boolean {
  if (type === undefined || isPrimitive(type)) return true;
  const isPart = (part: ValueType | undefined): boolean => isRecordable(part, false);
  switch (type.kind) {
    case "own":
    case "borrow":
      return top;
    case "list":
      return type.element.kind === "u8";
    case "record":
      return type.fields.every((field) => isPart(field.type));
    case "tuple":
      return type.items.every(isPart);
    case "option":
      return !isTaggedOption(type.type) && isPart(type.type);
    case "variant":
    case "result":
      return payloadsOf(type).every(isPart);
    case "enum":
    case "flags":
      return true;
  }
}

/** An expression of the most bytes that {@link recordCode} writes for a value. */
export function boundCode(type: ValueType, value: string): string {
  switch (type.kind) {
    case "own":
    case "borrow":
      return `${mostHandleBytes}`;
    case "string":
      return `(3 * ${value}.length + ${mostTextBytes(0)})`;
    case "list":
      return `(${value}.length + ${mostHeadBytes})`;
    case "record": {
      const fields = type.fields.map(({ name, type: field }) => {
        const key = camelCase(name);
        return `${mostTextBytes(key.length)} + ${boundCode(field, `${value}[${quote(key)}]`)}`;
      });
      return `(${[mostHeadBytes, ...fields].join(" + ")})`;
    }
    case "tuple":
      return `(${[mostHeadBytes, ...type.items.map((item, index) => boundCode(item, `${value}[${index}]`))].join(" + ")})`;
    case "option":
      return `(${value} === undefined || ${value} === null ? 1 : ${boundCode(type.type, value)})`;
    case "variant":
    case "result": {
      const names = caseNames(type);
      const longest = Math.max(...names.map((name) => mostTextBytes(name.length)));
      const cases = payloadsOf(type).flatMap((payload, index) =>
        payload === undefined
          ? []
          : [`${value}.tag === ${quote(names[index] ?? "")} ? ${boundCode(payload, `${value}.val`)} : `],
      );
      return `(${longest + 3 * mostHeadBytes} + (${cases.join("")}1))`;
    }
    case "enum":
      return `${Math.max(...type.cases.map((name) => mostTextBytes(name.length)))}`;
    case "flags":
      return `${type.names.reduce((sum, name) => sum + mostTextBytes(name.length) + 1, mostHeadBytes)}`;
    case "char":
      return `${mostTextBytes(2)}`;
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
      return `${mostHeadBytes}`;
  }
}

/** Writes the statements that write one value into the ring, as `encodeValue` of the lineage would. */
export function recordCode(context: RecordContext, type: ValueType, value: string): void {
  const { out, bytes, at } = context;
  const call = (write: unknown, argument: string): void =>
    out.line(`${at} = ${out.constant(write)}(${bytes}, ${at}, ${argument});`);
  switch (type.kind) {
    case "bool":
      return call(writeBoolean, value);
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
      return call(writeInteger, value);
    case "s64":
    case "u64":
      return call(writeBigInteger, value);
    case "f32":
    case "f64":
      return call(writeFloat, value);
    case "char":
    case "string":
    case "enum":
      return call(writeText, value);
    case "list":
      return call(writeBytes, value);
    case "own":
    case "borrow":
      return call(writeHandle, `${context.numberOf}(${value})`);
    case "flags":
      return recordMap(
        context,
        type.names.map((name) => [camelCase(name), { kind: "bool" }]),
        value,
      );
    case "record":
      return recordMap(
        context,
        type.fields.map((field) => [camelCase(field.name), field.type]),
        value,
      );
    case "tuple":
      literal(context, arrayHead(type.items.length));
      for (const [index, item] of type.items.entries())
        recordCode(context, item, out.keep(`${value}[${index}]`));
      return;
    case "option":
      out.block(`if (${value} === undefined || ${value} === null)`, () => literal(context, [0xf7]));
      out.block("else", () => recordCode(context, type.type, value));
      return;
    case "variant":
    case "result": {
      const payloads = payloadsOf(type);
      for (const [index, name] of caseNames(type).entries()) {
        out.block(`${index === 0 ? "" : "else "}if (${value}.tag === ${quote(name)})`, () =>
          recordCase(context, type.kind === "result", name, payloads[index], value),
        );
      }
      out.line(`else throw new TypeError("a value of no case of its type");`);
    }
  }
}

function recordCase(
  context: RecordContext,
  always: boolean,
  name: string,
  payload: ValueType | undefined,
  value: string,
): void {
  const hasValue = always || payload !== undefined;
  literal(context, [0xa0 | (hasValue ? 2 : 1), ...textLiteral("tag"), ...textLiteral(name)]);
  if (!hasValue) return;
  literal(context, textLiteral("val"));
  if (payload === undefined) literal(context, [0xf7]);
  else recordCode(context, payload, context.out.keep(`${value}.val`));
}

/** Keys in the order of their encoding, which is by length first. */
function recordMap(
  context: RecordContext,
  entries: readonly (readonly [string, ValueType])[],
  value: string,
): void {
  const sorted = entries.toSorted(
    ([left], [right]) => left.length - right.length || (left < right ? -1 : left > right ? 1 : 0),
  );
  literal(context, head(5, sorted.length));
  for (const [key, type] of sorted) {
    literal(context, textLiteral(key));
    recordCode(context, type, context.out.keep(`${value}[${quote(key)}]`));
  }
}

/** Bytes that are known here already. */
function literal({ out, bytes, at }: RecordContext, content: readonly number[]): void {
  for (const byte of content) out.line(`${bytes}[${at}++] = ${byte};`);
}

export function arrayHead(length: number): readonly number[] {
  return head(4, length);
}

function textLiteral(text: string): readonly number[] {
  const utf8 = Buffer.from(text, "utf8");
  return [...head(3, utf8.length), ...utf8];
}

function head(major: number, value: number): readonly number[] {
  const type = major << 5;
  if (value < 24) return [type | value];
  return value <= 0xff ? [type | 24, value] : [type | 25, value >> 8, value & 0xff];
}
