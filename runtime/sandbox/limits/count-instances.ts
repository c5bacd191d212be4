/**
 * How often generated code instantiates each core module: a component may do so any number of times, and each instance
 * has memories and tables of its own. By the names that the code passes to `getCoreModule`.
 *
 * The count is read from the text of the code, and only a plan for sharing out the caps; {@link holdToCount} sees to it
 * that the code does not exceed it.
 */
export function countInstances(glue: string): Map<string, number> {
  const names = new Map<string, string>();
  for (const [, variable = "", name = ""] of glue.matchAll(
    /\bconst (module\d+) = getCoreModule\('([^']+)'\)/g,
  ))
    names.set(variable, name);
  const counts = new Map<string, number>();
  for (const [, variable = ""] of glue.matchAll(/\binstantiateCore\((module\d+)\b/g)) {
    const name = names.get(variable);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Throws where a module is about to be instantiated more often than it was counted. */
export function holdToCount(counts: ReadonlyMap<string, number>): (name: string) => void {
  const left = new Map(counts);
  return (name) => {
    const more = (left.get(name) ?? 0) - 1;
    if (more < 0) throw new TypeError(`the core module ${name} is instantiated more often than was counted`);
    left.set(name, more);
  };
}
