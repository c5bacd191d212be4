import { withRuntime } from "../open-runtime.js";
import type { Session } from "../session.js";
import { openSubject, sourceOf } from "../subject.js";

export interface Options {
  readonly allowUnsigned?: boolean;
}

export async function verify(session: Session, text: string, options: Options): Promise<number> {
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
