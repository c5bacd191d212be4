import type { Command } from "commander";
import { withRuntime } from "../open-runtime.js";
import { type Bind, type Session } from "../session.js";
import { openSubject, sourceOf } from "../subject.js";

interface Options {
  readonly allowUnsigned?: boolean;
}

export function addVerify(parent: Command, bind: Bind): void {
  const command = parent
    .command("verify")
    .description("check a component's signature and digests, as a run would")
    .argument("<subject>", "a reference, or a file")
    .option("--allow-unsigned", "accept a file that nobody signed")
    .addHelpText("after", "\nExample:\n  wrun verify 127.0.0.1:5000/team/app:1.2.0");
  bind<Options>(command, (session, [subject = ""], options) => verify(session, subject, options));
}

async function verify(session: Session, text: string, options: Options): Promise<number> {
  const { terminal } = session;
  return withRuntime(session, async (runtime) => {
    const subject = await openSubject(text, terminal);
    const { digest, provenance } = await runtime.verify(sourceOf(subject, options.allowUnsigned === true));
    if (provenance.kind === "signed") {
      terminal.line(`${text} is signed by a publisher that is trusted here`);
      terminal.fields([
        ["component", digest],
        ["manifest", provenance.manifestDigest],
        ["signed by", provenance.signer.subject],
        ["publisher key", provenance.signer.keyId],
      ]);
    } else {
      terminal.line(`${text} is a component, and signed by nobody`);
      terminal.fields([["component", digest]]);
    }
    terminal.value({ subject: text, component: digest, provenance });
    return 0;
  });
}
