import { WrunError } from "../runtime/index.js";

/** `--port N`. Throws `CLI_OPTION_INVALID`. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new WrunError("CLI_OPTION_INVALID", {
    option: "--port",
    value: text,
    reason: "it is not a port",
    form: "a number from 0 to 65535",
  });
}
