import { hostPackages } from "../host-interfaces/index.js";
import {
  type ComponentType,
  contractsOf,
  loadPolicy,
  type PolicyContracts,
  type Unlinkable,
} from "../runtime/index.js";
import type { Terminal } from "./terminal.js";

export function contracts(): PolicyContracts {
  return contractsOf(hostPackages);
}

const grantsNothing = `apiVersion: wrun/v1
kind: Policy
metadata: { name: nothing }
`;

/** The imports of a component that need a rule, with the lines that would be one, and those that nothing implements. */
export function importsThatNeedGrants(imports: ComponentType["imports"]): readonly Unlinkable[] {
  return loadPolicy(Buffer.from(grantsNothing), "no policy", contracts()).unlinkable(imports);
}

/** One import a paragraph: its name, as a comment, and the lines; to paste under `allow:` as they are. */
export function printUnlinkable(terminal: Terminal, items: readonly Unlinkable[]): void {
  for (const item of items) {
    if (item.suggestion === "") {
      terminal.line(`  ${item.import}: ${item.reason}`);
      continue;
    }
    terminal.line(`  # ${item.import}`);
    terminal.block(item.suggestion, 2);
  }
}
