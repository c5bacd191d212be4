import { basename } from "node:path";
import type { Command } from "commander";
import { loadPolicy, refuseMissingRoots, WrunError } from "../../runtime/index.js";
import { contracts } from "../imports-report.js";
import { readInput } from "../read-input.js";
import { collect, splitPair } from "../run/option-values.js";
import { fileRoots } from "../run/roots.js";
import type { Bind, Session } from "../session.js";
import { readArgument, readFact } from "./call-values.js";

interface Options {
  readonly fact?: readonly string[];
  readonly arg?: readonly string[];
  readonly dir?: readonly string[];
}

export function addPolicyExplain(parent: Command, bind: Bind): void {
  const command = parent
    .command("explain")
    .description("show what a policy says to one call, rule by rule")
    .argument("<file>", "the policy manifest")
    .argument("<interface>", "such as wasi:filesystem/types")
    .argument("<function>", "its WIT name, such as [method]descriptor.open-at")
    .option("--fact <name=value>", "what the call is about to touch; again for more", collect)
    .option("--arg <name=value>", "an argument of the call, for argument rules; again for more", collect)
    .option(
      "--dir <HOST::GUEST>",
      "a folder that a run will be given, as with wrun run; again for more",
      collect,
    )
    .addHelpText(
      "after",
      "\nExample:\n  wrun policy explain app.yaml wasi:filesystem/types '[method]descriptor.open-at' \\\n    --fact root=data --fact path=/in/a.txt --fact right=read",
    );
  bind<Options>(command, (session, operands, options) => explain(session, operands, options));
}

async function explain(
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
