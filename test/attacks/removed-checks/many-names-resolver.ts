/**
 * Runs in the I/O thread in place of the system's resolver. Every name has 64 addresses: the same ones if it begins with
 * `same`, and otherwise 64 that no other name has.
 */
export default function create() {
  let asked = 0;
  return (_operation: string, [name]: unknown[]) => {
    const first = String(name).startsWith("same") ? 0 : ++asked;
    const addresses = Array.from(
      { length: 64 },
      (_, index) => `2001:db8:${(first >> 16).toString(16)}:${(first & 0xffff).toString(16)}::${index + 1}`,
    );
    return { kind: "addresses", addresses };
  };
}
