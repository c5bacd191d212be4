import { type HeldMemory, hostFunction, type PreparedPackage } from "../../../runtime/host-contract.js";
import type { Fields } from "../fields.js";
import { local } from "../local-function.js";
import type { IncomingRequest } from "./incoming-request.js";
import { OutgoingResponse } from "./outgoing-response.js";
import { responseFacts, type ResponseOutparam, type ResponseResult } from "./response-outparam.js";

/** What of `wasi:http/types` is there for those who answer requests. */
export const servingFunctions = (memory: HeldMemory): PreparedPackage[string] => ({
  "[method]incoming-request.method": local((self: IncomingRequest) => self.method),
  "[method]incoming-request.path-with-query": local((self: IncomingRequest) => self.pathWithQuery),
  "[method]incoming-request.scheme": local((self: IncomingRequest) => self.scheme),
  "[method]incoming-request.authority": local((self: IncomingRequest) => self.authority),
  "[method]incoming-request.headers": local((self: IncomingRequest) => self.headers.share()),
  "[method]incoming-request.consume": local((self: IncomingRequest) => self.consume()),

  "[constructor]outgoing-response": local((headers: Fields) => new OutgoingResponse(memory, headers)),
  "[method]outgoing-response.status-code": local((self: OutgoingResponse) => self.statusCode),
  "[method]outgoing-response.set-status-code": local((self: OutgoingResponse, status: number) =>
    self.setStatusCode(status),
  ),
  "[method]outgoing-response.headers": local((self: OutgoingResponse) => self.headers.share()),
  "[method]outgoing-response.body": local((self: OutgoingResponse) => self.body()),

  "[static]response-outparam.set": hostFunction({
    facts: (_self: ResponseOutparam, response: ResponseResult) => [responseFacts(response)],
    call: (self: ResponseOutparam, response: ResponseResult) => self.set(response),
    bytesOut: (_self: ResponseOutparam, response: ResponseResult) =>
      response.tag === "ok" ? response.val.headers.size : 0,
    durability: "written",
  }),
});
