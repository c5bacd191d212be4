import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { fileURLToPath, pathToFileURL } from "node:url";
import { catalogue, type ErrorCode, exitCodes, WrunError } from "../../runtime/errors/index.js";
import type { ErrorEntry } from "../../runtime/errors/index.js";
import { documentedErrors, documentedExitCodes, placeholdersOf, tableRow } from "./error-page.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
const entries = Object.entries(catalogue) as [ErrorCode, ErrorEntry][];

/** Each room's file with the entries it exports, from the compiled code. */
async function rooms(): Promise<ReadonlyMap<string, Readonly<Record<string, ErrorEntry>>>> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "runtime", "errors");
  const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const found = new Map<string, Readonly<Record<string, ErrorEntry>>>();
  for (const file of files) {
    const module = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) {
      if (name.endsWith("Errors"))
        found.set(file.replace(/\.js$/, ".ts"), value as Record<string, ErrorEntry>);
    }
  }
  return found;
}

describe("the error catalogue", () => {
  it("holds every entry of every room, and each code once", async () => {
    const owners = new Map<string, string[]>();
    const all = await rooms();
    assert.ok(all.size >= 9, `only ${all.size} rooms were read`);
    for (const [file, errors] of all) {
      for (const code of Object.keys(errors)) owners.set(code, [...(owners.get(code) ?? []), file]);
    }
    const twice = [...owners]
      .filter(([, files]) => files.length > 1)
      .map(([code, files]) => `${code}: ${files.join(", ")}`);
    assert.deepEqual(twice, [], "codes that more than one room claims; one of the two entries is lost");
    const lost = [...owners.keys()].filter((code) => !Object.hasOwn(catalogue, code));
    assert.deepEqual(lost, [], "codes that runtime/errors/catalogue.ts leaves out");
    assert.equal(owners.size, entries.length);
  });

  it("has codes in capitals, and sentences that name something and say what to do", () => {
    for (const [code, { exit, message, next }] of entries) {
      assert.match(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^INTERNAL$/);
      assert.ok(Object.hasOwn(exitCodes, exit), `${code} has an exit kind that there is not: ${exit}`);
      assert.ok(message.length > 0 && next.length > 0, `${code} lacks a sentence`);
      assert.doesNotMatch(message, /\.$/, `${code}: the message ends a line, not a sentence`);
      assert.match(next, /[.!?…}]$/, `${code}: the next step is not a sentence`);
    }
  });

  it("has no code that nothing uses", () => {
    const sources = ["runtime", "host-interfaces", "registry", "cli", "packaging"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !(folder === "runtime" && name.startsWith("errors")))
        .map((name) => readFileSync(join(root, folder, name), "utf8")),
    );
    assert.ok(sources.length > 200, `only ${sources.length} files were read`);
    const text = sources.join("\n");
    const unused = entries.map(([code]) => code).filter((code) => !text.includes(`"${code}"`));
    assert.deepEqual(unused, [], "codes that no error is thrown with");
  });

  it("leaves no placeholder unfilled", () => {
    for (const [code, entry] of entries) {
      const names = placeholdersOf(`${entry.message} ${entry.next}`);
      const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
      const error = new WrunError(code, details as never);
      assert.doesNotMatch(error.message + error.next, /\{[a-zA-Z]+\}|undefined/, code);
      for (const name of names)
        assert.ok((error.message + error.next).includes(`<${name}>`), `${code}: ${name}`);
      // What looks like a placeholder to a reader must be one to the code that fills them.
      assert.doesNotMatch(
        entry.message + entry.next,
        /\{[^}]*[^a-zA-Z}][^}]*\}/,
        `${code} has braces that nothing fills`,
      );
    }
  });

  it("has exit codes of its own, one for each kind", () => {
    const codes = Object.values(exitCodes);
    assert.equal(new Set(codes).size, codes.length);
    for (const code of codes) assert.ok(code >= 110 && code <= 119, String(code));
  });
});

describe("docs/errors.md", () => {
  const documented = documentedErrors(page);

  it("lists every code of the catalogue, and no other", () => {
    const missing = entries
      .filter(([code]) => !documented.has(code))
      .map(([code, entry]) => tableRow(code, entry));
    assert.deepEqual(missing, [], "rows that the page lacks");
    const surplus = [...documented.keys()].filter((code) => !Object.hasOwn(catalogue, code));
    assert.deepEqual(surplus, [], "codes that the page lists and the catalogue does not have");
  });

  it("says of each what the catalogue says", () => {
    const stale = entries
      .map(([code, entry]) => ({ is: documented.get(code), should: tableRow(code, entry) }))
      .filter(({ is, should }) => is !== undefined && is !== should)
      .map(({ should }) => should);
    assert.deepEqual(stale, [], "rows that are not up to date, as they should be");
  });

  it("lists every exit code of ours with its kind", () => {
    assert.deepEqual(
      documentedExitCodes(page),
      new Map(Object.entries(exitCodes).map(([kind, code]) => [code, kind])),
    );
  });
});
