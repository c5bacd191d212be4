import { begin, end, settle } from "bench:calls/host@1.0.0";

/** The guest that QuickJS runs. The first thing that it does is a host call, so that its start can be measured. */
export function run(): void {
  begin();
  end(0);
  for (let units = settle(); units > 0; units = settle()) {
    begin();
    end(work(units));
  }
}

/** What scripts do: they make objects and strings, sort, look up, and go through JSON. */
function work(units: number): number {
  let sum = 0;
  for (let unit = 0; unit < units; unit++) {
    const items = Array.from({ length: 40 }, (_, index) => ({
      name: `item-${(index * 7919 + unit) % 101}`,
      price: ((index * 31 + unit) % 97) / 4,
      tags: index % 3 === 0 ? ["new"] : [],
    }));
    const byName = new Map<string, number>();
    for (const { name, price } of items) byName.set(name, (byName.get(name) ?? 0) + price);
    const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
    const copy = JSON.parse(JSON.stringify(sorted)) as [string, number][];
    for (const [name, price] of copy) sum = (sum * 31 + name.length + Math.round(price * 4)) % 1_000_000_007;
    sum += items.filter(({ tags }) => tags.includes("new")).length;
  }
  return sum;
}
