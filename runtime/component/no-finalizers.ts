/**
 * jco's generated code asks the garbage collector to tell it when a handle's JavaScript object is gone, and then runs the
 * guest's destructor: at a moment that nobody chose, and perhaps after the guest's result was told and its journal closed.
 * Handles are dropped by whoever holds them, while everything still watches the guest; the collector is asked nothing.
 */
const known =
  /^ *if \(typeof FinalizationRegistry === 'undefined'\) \{$|^ *return new FinalizationRegistry\(unregister\);$/gm;
const inert = "\nclass $wrunNoFinalizers { register() {} unregister() {} }\n";

/** @throws Error where the code has finalizers in a form that is not known here */
export function dropNothingLater(glue: string): string {
  const without = glue.replace(known, (line) => line.replace("FinalizationRegistry", "$wrunNoFinalizers"));
  if (without.includes("FinalizationRegistry"))
    throw new Error("the toolchain generated finalizers that are not known");
  return without === glue ? glue : without + inert;
}
