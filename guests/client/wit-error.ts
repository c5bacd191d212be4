/**
 * Names the WIT error that a host function returned: the case of an enum or a variant, with what it carries.
 * Whatever else was thrown is named by its message.
 */
export function describeError(error: unknown): string {
  const payload = payloadOf(error);
  if (payload === undefined) return error instanceof Error ? error.message : String(error);
  if (typeof payload === "string") return payload;
  const { tag, val } = payload as { tag?: unknown; val?: unknown };
  if (typeof tag !== "string") return JSON.stringify(payload);
  return typeof val === "string" || typeof val === "number" ? `${tag} (${val})` : tag;
}

function payloadOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "payload" in error ? error.payload : undefined;
}
