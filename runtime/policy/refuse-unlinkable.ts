import { WrunError } from "../errors/index.js";
import type { Unlinkable } from "./check-imports.js";

/** Throws `IMPORT_NOT_GRANTED` if an import is missing, with the lines that would grant it, or that none would. */
export function refuseUnlinkable(missing: readonly Unlinkable[]): void {
  if (missing.length === 0) return;
  throw new WrunError("IMPORT_NOT_GRANTED", {
    imports: missing.map((item) => `${item.import}: ${item.reason}`).join("; "),
    advice: adviceOn(missing),
  });
}

function adviceOn(missing: readonly Unlinkable[]): string {
  const lines = missing.flatMap(({ suggestion }) => (suggestion === "" ? [] : [suggestion])).join("\n");
  const hopeless = missing.flatMap((item) => (item.suggestion === "" ? [item.import] : [])).join(", ");
  const grant = `If it should have that, add under \`allow:\` in the policy:\n${lines}`;
  if (hopeless === "") return grant;
  if (lines === "") return `No policy can grant ${hopeless}; build the component without it.`;
  return `${grant}\nNo policy can grant ${hopeless}; the component does not start before it is built without it.`;
}
