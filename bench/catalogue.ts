import type { Bench } from "./bench.js";
import { hostcall } from "./hostcall.js";

/** In the order in which they run. */
export const benches: readonly Bench[] = [hostcall];
