import type { RequestHead } from "../serving/exchange.js";
import { decodeJson, inboxFrame, openServiceLine, type ServiceLine } from "../serving/service-line.js";
import type { CallEvidence } from "../gate/parts.js";
import type { GuestResult, Invocation } from "./job.js";
import type { Handle } from "./open-entrance.js";
import { ServedExchange } from "./served-exchange.js";

interface ServeParts {
  readonly handle: Handle;
  readonly evidence: CallEvidence;
  /** Before each request: limits that are for one request begin anew. */
  renewLimits(): void;
  /** Lets the supervisor look at the line. */
  post(): void;
}

/** The longest wait in one piece. */
const longestWaitMs = 60_000;

/**
 * Answers one request after the other until there will be no more. Between two of them this thread waits for the next
 * in shared memory, and runs what generated code left in its event loop.
 *
 * Each request is in the lineage as a call of the exported function, before the host calls that were made for it.
 */
export async function serve(
  { line: shared, once, exported }: Extract<Invocation, { kind: "serve" }>,
  parts: ServeParts,
): Promise<GuestResult> {
  const line = openServiceLine(shared);
  const tell = (): void => {
    if (!line.setTold(true)) parts.post();
  };
  for (let requests = 0; ; ) {
    const next = waitForRequest(line, tell);
    if (next === undefined) return { kind: "served", requests };
    parts.renewLimits();
    const exchange = new ServedExchange(line, next.id, next.head, tell);
    recordRequest(parts.evidence, exported, next.head);
    parts.handle(exchange);
    exchange.close();
    requests += 1;
    if (once) return { kind: "served", requests };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Skips what is left of an earlier request's body. Undefined once there will be no further request. */
function waitForRequest(
  { inbox, setWanting }: ServiceLine,
  tell: () => void,
): { readonly id: number; readonly head: RequestHead } | undefined {
  for (;;) {
    const next = inbox.peek();
    if (next === undefined) {
      inbox.waitForFrame(longestWaitMs);
      continue;
    }
    // Nobody reads it; a copy would be garbage that waits for a collection.
    const frame = next.kind === inboxFrame.head ? inbox.take() : inbox.skip();
    if (setWanting(false)) tell();
    if (next.kind === inboxFrame.close) return undefined;
    if (frame !== undefined) return { id: frame.exchange, head: decodeJson(frame.content) as RequestHead };
  }
}

/** What is in clear is what a decision on an outgoing request would look at, and who asked; no query, since secrets are
 * passed in queries. The commitment is over the whole head. */
function recordRequest(evidence: CallEvidence, exported: string, head: RequestHead): void {
  const { method, scheme, authority, target, client } = head;
  const intent = evidence.intent(
    {
      interface: exported,
      function: "handle",
      facts: [{ method, scheme, authority, path: target.split("?", 1)[0] ?? "", client }],
      sampled: [],
      decision: { verdict: "allow", rule: null, onViolation: "deny", reason: "" },
      args: [[method, scheme, authority, target, head.headers]],
      atNs: process.hrtime.bigint(),
    },
    "written",
  );
  // Records of calls do not nest. What becomes of the request is in those of the host calls that answer it.
  evidence.outcome(intent, { kind: "returned", value: undefined, bytesOut: 0 }, "written");
}
