import { boundValues } from "./bounded-values.js";
import { dropOwnHandle } from "./drop-own-handle.js";
import { exposeLowering } from "./expose-lowering.js";
import { forgetDroppedHandles } from "./forgotten-handles.js";
import { refuseUnknownHandles } from "./known-handles.js";
import { dropNothingLater } from "./no-finalizers.js";
import { suspendNothing } from "./no-suspension.js";
import { decodeStrictly } from "./strict-strings.js";

/**
 * All changes that are made to generated code: where it is laxer with a guest than the Canonical ABI, or does something
 * else, and where the gate takes the lowering of imports over. Every one knows exactly what it expects: output of
 * another jco that it does not recognise is refused, never run as it is.
 *
 * @throws Error
 */
export function hardenGlue(glue: string): string {
  const changes = [
    decodeStrictly,
    refuseUnknownHandles,
    forgetDroppedHandles,
    dropOwnHandle,
    dropNothingLater,
    suspendNothing,
    exposeLowering,
    boundValues,
  ];
  return changes.reduce((changed, change) => change(changed), glue);
}
