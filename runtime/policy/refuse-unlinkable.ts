import { WrunError } from "../errors/index.js";
import type { Unlinkable } from "./check-imports.js";
import { underAllow } from "./match/denial-reason.js";

/** Throws `IMPORT_NOT_GRANTED` if an import is missing, with the lines that would grant it, or that none would. */
export function refuseUnlinkable(missing: readonly Unlinkable[]): void {
  if (missing.length === 0) return;
  throw new WrunError("IMPORT_NOT_GRANTED", {
    imports: missing.map((item) => `${item.import}: ${item.reason}`).join("; "),
    advice: adviceOn(missing),
  });
}

function adviceOn(missing: readonly Unlinkable[]): string {
  const lines = missing
    .flatMap(({ suggestion }) => (suggestion === "" ? [] : [underAllow(suggestion)]))
    .join("\n");
  const hopeless = missing.flatMap((item) => (item.suggestion === "" ? [item.import] : [])).join(", ");
  const grant = (what: string): string =>
    `If it should have ${what}, add under \`allow:\` in the policy:\n${lines}`;
  if (hopeless === "") return grant("that");
  if (lines === "") return `No policy can grant ${hopeless}; build the component without it.`;
  const rest = grant("the rest");
  return `No policy can grant ${hopeless}; the component does not start before it is built without it. ${rest}`;
}
