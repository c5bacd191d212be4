import type { Entrance } from "../../../runtime/host-contract.js";
import { IncomingRequest } from "./incoming-request.js";
import { ResponseOutparam } from "./response-outparam.js";

/** `handle(request, response-out)`. */
export const handleEntrance: Entrance = {
  open: (exchange, memory) => [new IncomingRequest(exchange, memory), new ResponseOutparam(exchange)],
};
