import { basename } from "node:path";
import {
  decodeComponent,
  describeComponent,
  describeExports,
  digestOf,
  loadPolicy,
  toComponent,
} from "../../runtime/index.js";
import { contracts, importsThatNeedGrants, printUnlinkable } from "../imports-report.js";
import { readInput } from "../read-input.js";
import type { Session } from "../session.js";
import { bytesOf, openSubject } from "../subject.js";
import { bytesText } from "../terminal.js";

export interface Options {
  readonly policy?: string;
  readonly types?: boolean;
}

export async function inspect({ terminal }: Session, text: string, options: Options): Promise<number> {
  const given = bytesOf(await openSubject(text, terminal));
  const { bytes, adaptedFrom } = await toComponent(given);
  const { type, coreModules } = decodeComponent(bytes);
  const needed = importsThatNeedGrants(type.imports);
  const policy =
    options.policy === undefined
      ? undefined
      : loadPolicy(await readInput(options.policy, "a policy"), basename(options.policy), contracts());
  const refused = policy?.unlinkable(type.imports) ?? [];

  terminal.fields([
    ["component", digestOf(bytes)],
    ["size", bytesText(bytes.length)],
    ...(adaptedFrom === undefined
      ? []
      : [["adapted from", `${adaptedFrom} (a core module of WASI 0.1)`] as const]),
  ]);
  terminal.line();
  terminal.heading("Imports that a policy must grant, with lines that would");
  if (needed.length === 0) terminal.line("  none");
  printUnlinkable(terminal, needed);
  if (policy !== undefined) {
    terminal.line();
    terminal.heading(`Refused under ${options.policy}`);
    if (refused.length === 0) terminal.line("  nothing: it could start");
    printUnlinkable(terminal, refused);
  }
  const asking = new Set(needed.map((item) => item.import));
  const open = type.imports.interfaces.map(({ name }) => name).filter((name) => !asking.has(name));
  terminal.line();
  terminal.heading("Imports that need no grant");
  terminal.block(open.join("\n") || "none", 2);
  terminal.line();
  terminal.heading("Exports");
  terminal.block(describeExports(type) || "none", 2);
  if (options.types === true) {
    terminal.line();
    terminal.heading("Imports and exports in full");
    terminal.block(describeComponent(type).trimEnd() || "  none");
  }
  terminal.line();
  terminal.heading("Core modules");
  terminal.table([
    ["offset", "size", "memories", "tables"],
    ...coreModules.map((item) => [
      String(item.offset),
      bytesText(item.length),
      item.memories.map(({ min, max }) => pages(min, max)).join(", ") || "-",
      item.tables.map(({ min, max }) => `${min}${max === undefined ? "+" : `-${max}`}`).join(", ") || "-",
    ]),
  ]);
  terminal.value({
    component: digestOf(bytes),
    size: bytes.length,
    adaptedFrom: adaptedFrom ?? null,
    wit: describeComponent(type),
    imports: type.imports.interfaces.map(({ name }) => name),
    exports: [...type.exports.interfaces.map(({ name }) => name), ...type.exports.functions.keys()],
    coreModules: coreModules.map(({ offset, length, memories, tables }) => ({
      offset,
      length,
      memories,
      tables,
    })),
    needsGrant: needed,
    ...(policy === undefined ? {} : { refused }),
  });
  return 0;
}

function pages(min: number, max: number | undefined): string {
  const size = (count: number): string => bytesText(count * 65_536);
  return max === undefined ? `${size(min)}+` : `${size(min)}-${size(max)}`;
}
