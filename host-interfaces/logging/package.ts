import { hostFunction, type HostPackage, type InstanceContext } from "../../runtime/host-contract.js";

/** What one entry may hold, in UTF-16 units; a guest that says more is cut short, and told so in the text. */
export const logLimits = { context: 256, message: 16_384 } as const;

/**
 * `wasi:logging`: naming the interface is the grant. The text is the guest's; whoever prints it removes what could
 * drive a terminal.
 */
export const loggingPackage: HostPackage = {
  name: "wasi:logging",
  version: "0.1.0-draft",
  interfaces: { logging: { authority: "granted" } },
  prepare: (context: InstanceContext) =>
    Promise.resolve({
      logging: {
        log: hostFunction({
          call: (level: string, about: string, message: string) =>
            context.log({
              level,
              context: shorten(about, logLimits.context),
              message: shorten(message, logLimits.message),
            }),
          bytesOut: (_level: string, about: string, message: string) =>
            Buffer.byteLength(shorten(about, logLimits.context)) +
            Buffer.byteLength(shorten(message, logLimits.message)),
          durability: "written",
        }),
      },
    }),
};

function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // A cut between the halves of a surrogate pair would leave a lone one, which not every reader takes.
  const end = /[\ud800-\udbff]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
  return `${text.slice(0, end)}… (${text.length - end} more)`;
}
