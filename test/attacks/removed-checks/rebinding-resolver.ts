/** Runs in the I/O thread in place of the system's resolver, and answers otherwise than that would: as a name does
 * whose owner changes its address between the question of whoever checks and that of whoever connects. */
export default function create() {
  return () => ({ kind: "addresses", addresses: ["127.0.0.2"] });
}
