/** What `script.ts` sees of the host. QuickJS passes a 64-bit integer as a number. */
declare module "bench:calls/host@1.0.0" {
  export function settle(): number;
  export function begin(): void;
  export function end(sum: number): void;
}
