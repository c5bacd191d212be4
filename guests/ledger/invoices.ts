import type { Discount, Line, Money, Options, Problem, Size, Summary } from "acme:billing/invoices@1.0.0";

// Typed exports with no imports: what `--invoke` can call. A WIT error is thrown as its payload.

const sizes = ["small", "medium", "large"] as const;

class Invoice {
  readonly #customer: string;
  readonly #lines: Line[] = [];

  constructor(customer: string) {
    this.#customer = customer;
  }

  static ofLines(customer: string, lines: readonly Line[]): Invoice {
    const invoice = new Invoice(customer);
    for (const line of lines) invoice.add(line);
    return invoice;
  }

  static close(invoice: Invoice): Summary {
    const total = invoice.total({ tag: "none" });
    const lines = invoice.#lines.length;
    const size: Size = lines < 3 ? "small" : lines < 10 ? "medium" : "large";
    return { total, lines, size, options: { needsReview: total.amount > 10_000 } };
  }

  customer(): string {
    return this.#customer;
  }

  add(line: Line): number {
    return this.#lines.push(line);
  }

  lines(): Line[] {
    return this.#lines;
  }

  total(discount: Discount): Money {
    const [first] = this.#lines;
    if (first === undefined) throw { tag: "empty" } satisfies Problem;
    let amount = 0;
    for (const { price, quantity } of this.#lines) {
      requireSameCurrency(first.price, price);
      amount += price.amount * quantity;
    }
    return discounted({ amount, currency: first.price.currency }, discount);
  }

  merge(other: Invoice): number {
    for (const line of other.lines()) this.add(line);
    return this.#lines.length;
  }
}

function discounted(price: Money, discount: Discount): Money {
  if (discount.tag === "none") return price;
  if (discount.tag === "percent") {
    return { ...price, amount: price.amount - Math.floor((price.amount * discount.val) / 100) };
  }
  requireSameCurrency(price, discount.val);
  return { ...price, amount: price.amount - discount.val.amount };
}

function requireSameCurrency(a: Money, b: Money): void {
  if (a.currency === b.currency) return;
  throw { tag: "mixed-currencies", val: [a.currency, b.currency] } satisfies Problem;
}

export const invoices = {
  Invoice,
  add: (a: number, b: number): number => (a + b) >>> 0,
  greet: (name: string): string => `Hello, ${name}!`,
  sum: (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0),
  invert: ({ paid, shipped, needsReview }: Options): Options => ({
    paid: paid !== true,
    shipped: shipped !== true,
    needsReview: needsReview !== true,
  }),
  nextSize: (size: Size) => sizes[sizes.indexOf(size) + 1] ?? null,
  apply: discounted,
  split: (text: string, mark: string): string[] => text.split(mark),
  statistics(values: ArrayLike<number>): [number, number] {
    const all = Array.from(values);
    const mean = all.reduce((total, value) => total + value, 0) / all.length;
    return [mean, Math.sqrt(all.reduce((total, value) => total + (value - mean) ** 2, 0) / all.length)];
  },
  isPaid: ({ paid }: Options): boolean => paid === true,
  maybe(value: { tag: "none" } | { tag: "some"; val?: string | null } | null | undefined): string {
    if (value?.tag !== "some") return "none";
    return typeof value.val === "string" ? `some(some(${value.val}))` : "some(none)";
  },
};
