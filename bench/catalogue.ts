import type { Bench } from "./bench.js";
import { density } from "./density.js";
import { fuel } from "./fuel.js";
import { hostcall } from "./hostcall.js";
import { serve } from "./serve.js";
import { start } from "./start.js";
import { trap } from "./trap.js";

/** In the order in which they run. */
export const benches: readonly Bench[] = [hostcall, fuel, start, trap, density, serve];
