import type { KeyvalueAccess } from "./grant.js";

const meets = (...access: readonly KeyvalueAccess[]) => ({ access });

/* What a rule can say of each function; see `InterfaceContract.words`. */

export const storeWords = {
  // Whoever has some access to a bucket may open it.
  open: meets("read", "write", "delete", "list"),
  "[method]bucket.get": meets("read"),
  "[method]bucket.exists": meets("read"),
  "[method]bucket.set": meets("write"),
  "[method]bucket.delete": meets("delete"),
  "[method]bucket.list-keys": meets("list"),
};

export const atomicsWords = {
  increment: meets("read", "write"),
  "[static]cas.new": meets("read"),
  "[method]cas.current": meets("read"),
  swap: meets("read", "write"),
};

export const batchWords = {
  "get-many": meets("read"),
  "set-many": meets("write"),
  "delete-many": meets("delete"),
};
