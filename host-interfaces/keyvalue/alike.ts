const reading = ["[method]bucket.get", "get-many", "[static]cas.new", "[method]cas.current"];
const changing = ["[method]bucket.set", "set-many", "increment", "swap"];
const removing = ["[method]bucket.delete", "delete-many"];
/** An increment shows its sum, and a swap that fails what is there. */
const showing = [...reading, "increment", "swap"];

/** By function, what gives a guest the same of a key, or as much and more. */
const alike: ReadonlyMap<string, readonly string[]> = new Map([
  // Whoever is shown the value knows that there is one.
  ["[method]bucket.exists", showing],
  ...reading.map((name) => [name, showing] as const),
  ...changing.map((name) => [name, changing] as const),
  ...removing.map((name) => [name, removing] as const),
]);

/** What a denial of a function covers besides, where it carries a grant. */
export function alikeBesides(functionName: string): readonly string[] {
  return alike.get(functionName) ?? [];
}
