import assert from "node:assert/strict";
import { it } from "vitest";
import { decodeComponent } from "../../runtime/component/decode/index.js";
import { describeComponent, describeExports } from "../../runtime/component/describe.js";
import { assemble, ledgerWat } from "./sample-components.js";

it("shows a component's imports and exports as WIT, with types by their names", async () => {
  const { type } = decodeComponent(await assemble(ledgerWat));
  assert.equal(
    describeComponent(type),
    `import log-line: func(text: string);
import demo:bank/ledger@1.2.0 {
  type point = record { x: s32, label: option<string> };
  type shape = variant { dot, circle(f64) };
  type color = enum { red, dark-blue };
  type rights = flags { read, write-all };
  resource account;
  [constructor]account: func(name: string) -> account;
  [method]account.deposit: func(self: borrow<account>, n: u64) -> result<u64, string>;
  [static]account.all: func() -> list<account>;
  draw: func(p: point, s: shape, c: color, r: rights) -> tuple<char, bool>;
}
import demo:bank/audit {
  check: func(a: borrow<account>);
}
export run: func(n: u32) -> u32;
`,
  );
});

it("shows exports in brief, without signatures that are long", async () => {
  const { type } = decodeComponent(await assemble(ledgerWat));
  assert.equal(describeExports(type), "run: func(n: u32) -> u32");
  assert.equal(describeExports(type, 20), "run: func(…)");
  const inside = { imports: type.imports, exports: { ...type.exports, interfaces: type.imports.interfaces } };
  assert.match(describeExports(inside), /^demo:bank\/ledger@1\.2\.0\n {4}\[constructor\]account: func\(/m);
  assert.match(describeExports(inside), /^ {4}draw: func\(p: point, s: shape, c: color, r: rights\)/m);
});
