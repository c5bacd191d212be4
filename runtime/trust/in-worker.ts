/** What a guest's worker needs of this room: to read the trust word. */
export { attachTrustWord } from "./trust-word.js";
