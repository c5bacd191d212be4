// Runs in the I/O thread in place of the system's resolver: answers are part of the name, so that tests need no
// state in common. `a.127-0-0-1.b.10-0-0-1.test` has two addresses; `changing.test` has another one every time.

let asked = 0;

export default function create() {
  return (_operation: string, args: readonly unknown[]) => {
    const name = String(args[0]);
    if (name === "nowhere.test") return { kind: "failed", code: "ENOTFOUND" };
    if (name === "empty.test") return { kind: "addresses", addresses: [] };
    if (name === "changing.test") return { kind: "addresses", addresses: [`127.0.0.${++asked}`] };
    const addresses = name
      .split(".")
      .filter((label) => /^[0-9]+(-[0-9]+){3}$/.test(label) || label.startsWith("v6-"))
      .map((label) =>
        label.startsWith("v6-") ? label.slice(3).replaceAll("-", ":") : label.replaceAll("-", "."),
      );
    return addresses.length > 0 ? { kind: "addresses", addresses } : { kind: "failed", code: "ENOTFOUND" };
  };
}
