import type { Command } from "commander";
import type { Bind } from "./session.js";

type Add = (parent: Command, bind: Bind) => void;
type Verbs = Readonly<Record<string, () => Promise<Add>>>;

interface Group {
  readonly description: string;
  readonly verbs: Verbs;
}

/** In the order of the help. Each is loaded when it is needed: a command should not wait for the others. */
export const commands: Readonly<Record<string, Verbs[string] | Group>> = {
  init: async () => (await import("./commands/init.js")).addInit,
  publish: async () => (await import("./commands/publish.js")).addPublish,
  sign: async () => (await import("./commands/sign.js")).addSign,
  verify: async () => (await import("./commands/verify.js")).addVerify,
  inspect: async () => (await import("./commands/inspect.js")).addInspect,
  run: async () => (await import("./commands/run.js")).addRun,
  serve: async () => (await import("./commands/serve.js")).addServe,
  revoke: async () => (await import("./commands/revoke.js")).addRevoke,
  policy: {
    description: "check and explain policies",
    verbs: {
      check: async () => (await import("./commands/policy-check.js")).addPolicyCheck,
      explain: async () => (await import("./commands/policy-explain.js")).addPolicyExplain,
    },
  },
  lineage: {
    description: "list, show and verify what runs left behind",
    verbs: {
      list: async () => (await import("./commands/lineage-list.js")).addLineageList,
      show: async () => (await import("./commands/lineage-show.js")).addLineageShow,
      verify: async () => (await import("./commands/lineage-verify.js")).addLineageVerify,
    },
  },
  registry: {
    description: "an OCI registry of one's own",
    verbs: {
      serve: async () => (await import("./commands/registry-serve.js")).addRegistryServe,
    },
  },
  doctor: async () => (await import("./commands/doctor.js")).addDoctor,
};

export const verbs: readonly string[] = Object.keys(commands);

/**
 * The first word of a command line that is no option: the command that it is for. Undefined where there is none, or none
 * of that name, or where the line asks for something of the whole program.
 */
export function commandOf(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    if (word === "--home") index += 1;
    else if (!word.startsWith("-")) return Object.hasOwn(commands, word) ? word : undefined;
    else if (word !== "--json" && !word.startsWith("--home=")) return undefined;
  }
  return undefined;
}

/** Whether two words are a command and one below it. */
export function isCommandOfGroup(group: string, verb: string): boolean {
  const found = Object.hasOwn(commands, group) ? commands[group] : undefined;
  return typeof found === "object" && Object.hasOwn(found.verbs, verb);
}
