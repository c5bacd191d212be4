import { loadNodeIdentity, type NodeKey, parseVerifierKey, WrunError } from "../runtime/index.js";
import { homeOf } from "./open-runtime.js";
import type { Session } from "./session.js";

/** The node keys that evidence is held against: those that are given alone, or else the home's. */
export function verifierKeys(session: Session, given: readonly string[] | undefined): readonly NodeKey[] {
  return given?.map(keyOf) ?? [loadNodeIdentity(homeOf(session)).signer];
}

function keyOf(text: string): NodeKey {
  const key = parseVerifierKey(text);
  if (key === undefined) {
    throw new WrunError("LINEAGE_KEY_MALFORMED", {
      text,
      reason: "it is not one, or its id is not that of its key",
    });
  }
  return key;
}
