import { hostFunction, type HostPackage, type InstanceContext } from "wrun/host-interfaces";
import { hostPackages as working } from "../runtime/acme-billing.js";

/** What one call of `quote` does to its worker, by the run's configuration. */
const ways: Readonly<Record<string, () => unknown>> = {
  not: () => 1,
  throw() {
    throw new Error("no such row");
  },
  "throw-nothing"() {
    // biome-ignore lint/style/useThrowOnlyError: this is what is tested
    throw undefined;
  },
  unrecordable: () => () => 1,
  "wrong-type": () => Symbol("1"),
  /** How much of the process is to be seen from here. */
  look: () => Object.keys(process.env).length + process.argv.slice(2).length + process.execArgv.length,
  exit: () => process.exit(0),
  heap() {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index })));
  },
};

/** Not where somebody waits for it. */
function throwLater(): Promise<void> {
  return new Promise(() => {
    setImmediate(() => {
      throw new Error("from nowhere");
    });
  });
}

const billing = working.find(({ name }) => name === "acme:billing");
if (billing === undefined) throw new Error("there is no package to break");

const breaking: HostPackage = {
  ...billing,
  async prepare(context: InstanceContext) {
    const { how = "not" } = context.config;
    if (how === "prepare") throw new Error("no database");
    if (how === "throw-later") await throwLater();
    const prepared = await billing.prepare(context);
    return {
      ledger: {
        ...prepared["ledger"],
        quote: hostFunction({ call: () => ways[how]?.(), durability: "ring" }),
      },
    };
  },
};

export const hostPackages: readonly HostPackage[] = [breaking];
