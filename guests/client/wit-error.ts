/**
 * Names the WIT error that a host function returned: the case of an enum or a variant, with what it carries.
 * `refused` where the function's error type carries nothing. Whatever else was thrown is named by its message.
 */
export function describeError(error: unknown): string {
  if (!hasPayload(error)) return error instanceof Error ? error.message : String(error);
  const { payload } = error;
  if (typeof payload === "string") return payload;
  if (typeof payload !== "object" || payload === null) return "refused";
  const { tag, val } = payload as { tag?: unknown; val?: unknown };
  if (typeof tag !== "string") return JSON.stringify(payload);
  return typeof val === "string" || typeof val === "number" ? `${tag} (${val})` : tag;
}

function hasPayload(error: unknown): error is { readonly payload: unknown } {
  return typeof error === "object" && error !== null && "payload" in error;
}
