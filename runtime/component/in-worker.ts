/** What a guest's worker needs of this room: to read and print the values of a typed export. */
export { formatWave, parseInvocation, parseWaveArgs, toJson } from "./wave/index.js";
