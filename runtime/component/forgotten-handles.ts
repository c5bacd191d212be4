/**
 * jco's generated code remembers every number that it ever gave to an object of the host, to know it again as one of a
 * resource that the component itself defines. These numbers are never used twice: where a handle is dropped, so is what
 * was remembered of it, and a guest that makes and drops handles without end fills no memory with them.
 */
const known =
  /const handleEntry = rscTableRemove\((handleTable\d+), handle\);\s*if \(handleEntry\.own\) \{\s*const rsc = (captureTable\d+)\.get\(handleEntry\.rep\);\s*if \(rsc\) \{\s*if \(rsc\[symbolDispose\]\) rsc\[symbolDispose\]\(\);\s*\2\.delete\(handleEntry\.rep\);/g;
const any = /captureTable\d+\.delete\(handleEntry\.rep\);/g;

/** @throws Error where the code drops handles of the host's objects in a way that is not known here */
export function forgetDroppedHandles(glue: string): string {
  if (glue.match(any)?.length !== glue.match(known)?.length)
    throw new Error("the toolchain generated a way of dropping the host's objects that is not known");
  return glue.replace(
    known,
    (drop, table: string) => `${drop} ${table}._createdReps.delete(handleEntry.rep);`,
  );
}
