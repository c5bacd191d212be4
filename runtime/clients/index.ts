export { ClientConnections, type ConnectionBounds } from "./client-connections.js";
export { networkOf } from "./client-network.js";
export { closeGently } from "./close-gently.js";
export { findFramingFault } from "./framing.js";
export { readSendQueue } from "./send-queue.js";
