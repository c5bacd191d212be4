export { ClientConnections, type ConnectionBounds } from "./client-connections.js";
export { closeGently } from "./close-gently.js";
export { findFramingFault } from "./framing.js";
