import type { Command } from "commander";
import { loadPublisherIdentity, type RevocationKind, type Runtime, WrunError } from "../../runtime/index.js";
import { homeOf, withRuntime } from "../open-runtime.js";
import { type Bind, type Session } from "../session.js";

interface Options {
  readonly reason?: string;
  readonly release?: string;
}

const kinds: readonly RevocationKind[] = [
  "publisher-key",
  "component",
  "policy",
  "authorization",
  "node-key",
  "workload",
];

export function addRevoke(parent: Command, bind: Bind): void {
  const command = parent
    .command("revoke")
    .description("take trust away; what runs and rests on it is stopped within a second")
    .argument("[kind]", kinds.join(", "))
    .argument(
      "[id]",
      "a sha256: digest; an authorization's id; a workload's SPIFFE id; `own` for the home's publisher key",
    )
    .option("--reason <text>", "why, for the record")
    .option("--release <workload>", "take a workload out of quarantine")
    .addHelpText(
      "after",
      '\nExamples:\n  wrun revoke publisher-key own --reason "the laptop was stolen"\n  wrun revoke --release spiffe://wrun.local/workload/app',
    );
  bind<Options>(command, (session, operands, options) => revoke(session, operands, options));
}

async function revoke(session: Session, operands: readonly string[], options: Options): Promise<number> {
  const { release } = options;
  if (release !== undefined) {
    if (operands.length > 0) throw usage("--release stands alone: it names the workload itself");
    return change(session, `${release} may start again`, (runtime) => runtime.release(release));
  }
  const [kindText, idText] = operands;
  const kind = kinds.find((one) => one === kindText);
  if (kind === undefined)
    throw usage(`'${kindText ?? ""}' cannot be revoked; say one of ${kinds.join(", ")}`);
  if (idText === undefined) throw usage(`say which ${kind}`);
  if (options.reason === undefined || options.reason.trim() === "") throw usage("--reason is missing");
  const own = kind === "publisher-key" && idText === "own";
  const id = own ? loadPublisherIdentity(homeOf(session)).keyId : idText;
  const entry = { kind, id, reason: options.reason };
  return change(session, `Revoked: ${kind} ${id}`, (runtime) => runtime.revoke(entry));
}

async function change(
  session: Session,
  done: string,
  act: (runtime: Runtime) => ReturnType<Runtime["revoke"]>,
): Promise<number> {
  const { terminal } = session;
  return withRuntime(session, async (runtime) => {
    const { epoch, entries } = await act(runtime);
    terminal.line(done);
    terminal.line(
      `The list has epoch ${epoch} and ${entries.length} ${entries.length === 1 ? "entry" : "entries"}; hosts with this home pick it up within a second.`,
    );
    terminal.value({ epoch, entries });
    return 0;
  });
}

function usage(reason: string): WrunError {
  return new WrunError("CLI_USAGE", { reason, advice: "See `wrun revoke --help`." });
}
