import {
  hostFunction,
  type HostPackage,
  hostPackages as builtIn,
  type PreparedPackage,
  WitError,
} from "wrun/host-interfaces";

/** The variant `refusal` of `acme:billing/ledger`, as values of it look in JavaScript. */
type Refusal =
  | { readonly tag: "unknown-account"; readonly val: string }
  | { readonly tag: "over-limit"; readonly val: number }
  | { readonly tag: "denied" };

interface Entry {
  readonly account: string;
  readonly amount: number;
  readonly currency: "eur" | "usd" | "gbp";
  readonly memo: string | undefined;
}

type Accounts = Map<string, number>;

/** The host object behind a guest's `posting`. The guest holds a number; only the gate can turn it into this. */
class Posting {
  readonly account: string;
  readonly entries: Entry[] = [];
  constructor(account: string) {
    this.account = account;
  }
}

const mostEntries = 100;
/** What the interface itself has for "not permitted"; a guest whose call is denied gets it and goes on. */
const denied = { error: { tag: "denied" } satisfies Refusal };

function refuse(refusal: Refusal): never {
  throw new WitError(refusal);
}

function balanceOf(accounts: Accounts, account: string): number {
  return accounts.get(account) ?? refuse({ tag: "unknown-account", val: account });
}

function ledgerFunctions(accounts: Accounts): PreparedPackage[string] {
  return {
    quote: hostFunction({
      call(account: string, amount: number) {
        balanceOf(accounts, account);
        return Math.ceil(amount / 100);
      },
      denied,
      durability: "ring",
    }),
    transfer: hostFunction({
      call(from: string, to: string, amount: number) {
        const [giver, taker] = [balanceOf(accounts, from), balanceOf(accounts, to)];
        if (amount > giver) refuse({ tag: "over-limit", val: giver });
        if (from === to) return;
        accounts.set(from, giver - amount);
        accounts.set(to, taker + amount);
      },
      bytesOut: (from: string, to: string) => Buffer.byteLength(from) + Buffer.byteLength(to),
      denied,
      durability: "durable",
    }),
    // Its type has no error: where a policy denies it, the guest traps.
    accounts: hostFunction({ call: () => [...accounts.keys()], durability: "ring" }),
    "[constructor]posting": hostFunction({
      call: (account: string) => new Posting(account),
      durability: "ring",
    }),
    "[method]posting.add": hostFunction({
      call(posting: Posting, entry: Entry) {
        if (posting.entries.length === mostEntries) refuse({ tag: "over-limit", val: mostEntries });
        posting.entries.push(entry);
        return posting.entries.length;
      },
      denied,
      durability: "written",
    }),
    "[method]posting.commit": hostFunction({
      call(posting: Posting) {
        const sum = posting.entries.reduce((total, { amount }) => total + amount, 0);
        accounts.set(posting.account, balanceOf(accounts, posting.account) + sum);
        posting.entries.length = 0;
        return BigInt(sum);
      },
      denied,
      durability: "durable",
    }),
  };
}

const refusal = "variant{unknown-account(string), over-limit(u32), denied}";
const entry = "record{account: string, amount: u32, currency: enum{eur, usd, gbp}, memo: option<string>}";
const posting = "acme:billing/ledger.posting";

/** `acme:billing` over accounts that live as long as a run. */
const billingPackage: HostPackage = {
  name: "acme:billing",
  version: "1.0.0",
  interfaces: { ledger: { authority: "granted" } },
  functionTypes: {
    "acme:billing/ledger#quote": `(account: string, amount: u32) -> result<u32, ${refusal}>`,
    "acme:billing/ledger#transfer": `(from: string, to: string, amount: u32) -> result<_, ${refusal}>`,
    "acme:billing/ledger#accounts": "() -> list<string>",
    "acme:billing/ledger#[constructor]posting": `(account: string) -> own<${posting}>`,
    "acme:billing/ledger#[method]posting.add": `(self: borrow<${posting}>, entry: ${entry}) -> result<u32, ${refusal}>`,
    "acme:billing/ledger#[method]posting.commit": `(self: borrow<${posting}>) -> result<u64, ${refusal}>`,
  },
  prepare: () =>
    Promise.resolve({
      ledger: ledgerFunctions(
        new Map([
          ["acme", 5000],
          ["globex", 0],
        ]),
      ),
    }),
};

/** The name that wrun looks for in the module: what it brings, and ours. */
export const hostPackages: readonly HostPackage[] = [...builtIn, billingPackage];
