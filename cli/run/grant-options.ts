import type { Command } from "commander";
import { collect } from "./collect.js";

/** The options of every verb that runs a component: where its policy is, or what flags grant. */
export function addGrantOptions(command: Command, timeout: string): Command {
  return command
    .option("--policy <file>", "the policy manifest; the flags below then only offer what it grants")
    .option("--dir <host::guest>", "a folder, and where the guest sees it; again for more", collect)
    .option("--env <name=value>", "a variable of the guest's environment; again for more", collect)
    .option("--allow-net <host[:port]>", "let the guest reach a host; again for more", collect)
    .option("--config <name=value>", "a value of wasi:config; again for more", collect)
    .option(
      "--keyvalue <dir[::bucket,…]>",
      "the folder of the key-value stores, and which it may use (default: default)",
    )
    .option("--allow-unsigned", "run a file that nobody signed; the lineage says so")
    .option("--timeout <seconds>", timeout)
    .option("--max-memory <size>", "how large the guest's memory may grow, such as 64MiB")
    .option("--authorization <file>", "an authorization token; without one this node issues its own")
    .option("--show-policy", "print the policy that the flags amount to, and do nothing else");
}
