import { basename } from "node:path";
import { loadPolicy, refuseMissingRoots, WrunError } from "../../runtime/index.js";
import { contracts } from "../imports-report.js";
import { readInput } from "../read-input.js";
import { splitPair } from "../run/option-values.js";
import { fileRoots } from "../run/roots.js";
import type { Session } from "../session.js";
import { readArgument, readFact } from "./call-values.js";

export interface Options {
  readonly fact?: readonly string[];
  readonly arg?: readonly string[];
  readonly dir?: readonly string[];
}

export async function explain(
  { terminal }: Session,
  operands: readonly string[],
  options: Options,
): Promise<number> {
  const [file = "", interfaceText = "", functionName = ""] = operands;
  const known = contracts();
  const policy = loadPolicy(await readInput(file, "a policy"), basename(file), known);
  if (options.dir !== undefined) refuseMissingRoots(policy.manifest, fileRoots(options.dir));
  const interfaceName = interfaceText.split("@")[0] ?? "";
  if (!known.has(interfaceName)) {
    const reason = `nothing here implements the interface '${interfaceName}'`;
    throw new WrunError("CLI_USAGE", { reason, advice: `Interfaces: ${[...known.keys()].join(", ")}.` });
  }
  const functions = known.get(interfaceName)?.functions;
  if (functions?.has(functionName) === false) {
    const reason = `${interfaceName} has no function '${functionName}'`;
    const advice = `Its functions: ${[...functions].join(", ") || "none"}.`;
    throw new WrunError("CLI_USAGE", { reason, advice });
  }
  const site = { interface: interfaceName, function: functionName };
  const types = known.get(interfaceName)?.grant?.factTypes;
  const facts = valuesOf("--fact", options.fact, (name, text) => readFact(name, text, types));
  const args = valuesOf("--arg", options.arg, (_, text) => readArgument(text));
  const { decision, rules } = policy.explain(site, facts, args);

  const { verdict, rule, onViolation, reason, advice } = decision;
  const ending =
    verdict === "deny" && onViolation !== "deny" ? `, and the run is ended (${onViolation})` : "";
  terminal.heading(
    `${verdict === "allow" ? "allowed" : "denied"} by ${rule === null ? "no rule" : `the rule ${rule}`}${ending}`,
  );
  terminal.block(reason);
  if (advice !== undefined) terminal.block(advice);
  if (rules.length > 0) {
    terminal.line();
    terminal.table([
      ["line", "effect", "rule", "matches", "because it"],
      ...rules.map((item) => [
        String(item.line),
        item.effect,
        item.rule,
        item.matched ? "yes" : "no",
        item.why,
      ]),
    ]);
  }
  terminal.value({ verdict, rule, onViolation, reason, ...(advice === undefined ? {} : { advice }), rules });
  return 0;
}

function valuesOf<Value>(
  option: string,
  pairs: readonly string[] | undefined,
  read: (name: string, text: string) => Value,
): Readonly<Record<string, Value>> | undefined {
  if (pairs === undefined) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, text] = splitPair(option, pair, "name=value");
      return [name, read(name, text)];
    }),
  );
}
