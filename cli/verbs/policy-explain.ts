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
  const grant = known.get(interfaceName)?.grant;
  const names = grant === undefined ? [] : grant.factNames;
  const facts = valuesOf("--fact", options.fact, (name, text) => {
    if (names?.includes(name) === false) throw unknownFact(interfaceName, `${name}=${text}`, names);
    return readFact(name, text, grant?.factTypes);
  });
  const args = valuesOf("--arg", options.arg, (_, text) => readArgument(text));
  const { decision, rules } = policy.explain(site, facts, args);

  const { verdict, rule, onViolation, reason, advice } = decision;
  const ending =
    verdict === "deny" && onViolation !== "deny" ? `, and the run is ended (${onViolation})` : "";
  terminal.heading(`${headline(verdict, rule)}${ending}`);
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

function headline(verdict: "allow" | "deny", rule: string | null): string {
  if (rule !== null) return `${verdict === "allow" ? "allowed" : "denied"} by the rule ${rule}`;
  return verdict === "allow" ? "allowed: it needs no rule" : "denied: no rule allows it";
}

/** A call that no call can be like would be denied, and its explanation would say nothing of any that is made. */
function unknownFact(interfaceName: string, value: string, names: readonly string[]): WrunError {
  return names.length === 0
    ? new WrunError("CLI_USAGE", {
        reason: `--fact '${value}': calls of ${interfaceName} have no facts`,
        advice: "Leave it out.",
      })
    : new WrunError("CLI_OPTION_INVALID", {
        option: "--fact",
        value,
        reason: `calls of ${interfaceName} have no such fact`,
        form: `NAME=VALUE, where NAME is one of ${names.join(", ")}`,
      });
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
