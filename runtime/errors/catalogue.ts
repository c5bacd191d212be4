import { authorityErrors } from "./authority.js";
import { cliErrors } from "./cli.js";
import { componentErrors } from "./component.js";
import type { ErrorEntry } from "./entry.js";
import { generalErrors } from "./general.js";
import { hostInterfaceErrors } from "./host-interfaces.js";
import { lineageErrors } from "./lineage.js";
import { policyErrors } from "./policy.js";
import { registryErrors } from "./registry.js";
import { sandboxErrors } from "./sandbox.js";
import { trustErrors } from "./trust.js";

/** Every error that a user can meet. One file a room beside this one; docs/errors.md lists them all. */
export const catalogue = {
  ...generalErrors,
  ...componentErrors,
  ...policyErrors,
  ...authorityErrors,
  ...trustErrors,
  ...lineageErrors,
  ...sandboxErrors,
  ...hostInterfaceErrors,
  ...registryErrors,
  ...cliErrors,
} as const satisfies Record<string, ErrorEntry>;

/** A code of the catalogue; codes are kept from release to release, messages are not. */
export type ErrorCode = keyof typeof catalogue;
