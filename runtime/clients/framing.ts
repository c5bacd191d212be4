import type { IncomingMessage } from "node:http";

/** Why a request is not answered, with the status that says so. The connection ends with it. */
export interface FramingFault {
  readonly status: number;
  readonly detail: string;
}

/** Node's parser also reads RTSP, and calls its version 1.0 as well. */
const methodsOfOthers = new Set(
  "ANNOUNCE DESCRIBE FLUSH GET_PARAMETER PAUSE PLAY RECORD REDIRECT SETUP SET_PARAMETER SOURCE TEARDOWN".split(
    " ",
  ),
);

/**
 * What Node's parser lets through although another reader could find another message in it, or the end of it elsewhere
 * (RFC 9112, section 6): versions, transfer codings and expectations that nobody here knows.
 */
export function findFramingFault(request: IncomingMessage): FramingFault | undefined {
  const { httpVersion, method = "" } = request;
  if (httpVersion !== "1.1" && httpVersion !== "1.0")
    return { status: 505, detail: `the request is in HTTP/${httpVersion}` };
  if (methodsOfOthers.has(method)) return { status: 501, detail: `${method} is no method of HTTP` };
  if (httpVersion === "1.1" && valuesOf(request, "host").length === 0)
    return { status: 400, detail: "the request has no Host" };
  const codings = valuesOf(request, "transfer-encoding");
  if (codings.length > 0 && httpVersion === "1.0")
    return { status: 400, detail: "the request has a transfer coding, which HTTP/1.0 has not" };
  if (codings.length > 0 && valuesOf(request, "content-length").length > 0)
    return { status: 400, detail: "the request has a length and a transfer coding" };
  if (codings.length > 1 || codings.some((coding) => coding !== "chunked"))
    return { status: 501, detail: "the request has a transfer coding other than chunked" };
  const expected = httpVersion === "1.1" ? valuesOf(request, "expect") : [];
  return expected.length > 1 || expected.some((value) => value !== "100-continue")
    ? { status: 417, detail: "the request expects what is not known here" }
    : undefined;
}

/** In lower case, one for each field. */
function valuesOf({ rawHeaders }: IncomingMessage, wanted: string): readonly string[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() === wanted
      ? (rawHeaders[index + 1] ?? "").trim().toLowerCase()
      : [],
  );
}
