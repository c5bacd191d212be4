import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compileFunction } from "node:vm";
import type { Act } from "../measure/alternate.js";
import type { Workbench } from "./metering.js";

interface Database {
  exec(sql: string): void;
  run(sql: string, values?: readonly unknown[]): unknown;
  get(sql: string): Readonly<Record<string, unknown>> | null;
  prepare(sql: string): { run(values: readonly unknown[]): unknown; finalize(): void };
  close(): void;
}

/** How node-sqlite3-wasm instantiates its module; it has no option for another way. */
const itsOwnWay = "instantiateSync(wasmBinaryFile,info)";

function loadSqlite(workbench: Workbench): new () => Database {
  const require = createRequire(import.meta.url);
  const path = require.resolve("node-sqlite3-wasm");
  const source = readFileSync(path, "utf8");
  if (source.split(itsOwnWay).length !== 2) throw new Error("node-sqlite3-wasm is not the one that is known");
  const bytes = readFileSync(join(dirname(path), "node-sqlite3-wasm.wasm"));
  const code = source.replace(itsOwnWay, "[instantiateBench(info)]");
  const module = { exports: {} as { Database: new () => Database } };
  compileFunction(code, ["module", "exports", "require", "__dirname", "__filename", "instantiateBench"], {
    filename: path,
  })(module, module.exports, require, dirname(path), path, (imports: WebAssembly.Imports) =>
    workbench.instantiate(bytes, imports),
  );
  return module.exports.Database;
}

/** What applications do with a database in memory: inserts, an index, joins, sums, updates, and text. */
export function sqliteWork(workbench: Workbench, rows: number): Act {
  const Database = loadSqlite(workbench);
  return () => {
    const startedAt = performance.now();
    const database = new Database();
    database.exec(`
      CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL);
      CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, cents INTEGER NOT NULL, note TEXT);
      BEGIN;`);
    const customer = database.prepare("INSERT INTO customer VALUES (?, ?, ?)");
    for (let id = 0; id < rows / 10; id++) customer.run([id, `customer ${(id * 7919) % 1009}`, `r${id % 7}`]);
    customer.finalize();
    const sale = database.prepare("INSERT INTO sale VALUES (?, ?, ?, ?)");
    for (let id = 0; id < rows; id++)
      sale.run([id, (id * 31) % (rows / 10), (id * 7907) % 10_007, id % 5 === 0 ? `note ${id}` : null]);
    sale.finalize();
    database.exec(`
      COMMIT;
      CREATE INDEX sale_customer ON sale (customer, cents);
      UPDATE sale SET cents = cents + 1 WHERE note LIKE '%7%';
      DELETE FROM sale WHERE cents % 13 = 0;`);
    const answer = database.get(`
      WITH sums AS (
        SELECT region, name, sum(cents) AS cents, count(note) AS notes
        FROM customer JOIN sale ON sale.customer = customer.id GROUP BY customer.id)
      SELECT count(*) AS customers, sum(cents) AS cents, sum(notes) AS notes, max(upper(name)) AS name,
        (SELECT group_concat(region) FROM (SELECT region FROM sums GROUP BY region ORDER BY sum(cents))) AS regions
      FROM sums`);
    database.close();
    return { answer: JSON.stringify(answer), ms: performance.now() - startedAt };
  };
}
