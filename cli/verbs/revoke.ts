import { loadPublisherIdentity, type Runtime, WrunError } from "../../runtime/index.js";
import { homeOf, withRuntime } from "../open-runtime.js";
import { revocationKinds as kinds } from "../revocation-kinds.js";
import type { Session } from "../session.js";

export interface Options {
  readonly reason?: string;
  readonly release?: string;
}

export async function revoke(
  session: Session,
  operands: readonly string[],
  options: Options,
): Promise<number> {
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
