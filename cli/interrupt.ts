const signals = { SIGINT: 2, SIGTERM: 15 } as const;
export type Interruption = keyof typeof signals;

/**
 * Takes SIGINT and SIGTERM until `release` is called. The first one is handed on; where nobody can act on it (`false`),
 * and at a second one, the process ends at once, as a shell expects it to.
 */
export function onInterrupt(act: (signal: Interruption) => boolean): { release(): void } {
  let asked = false;
  const listener = (signal: Interruption): void => {
    if (!asked && act(signal)) asked = true;
    else process.exit(128 + signals[signal]);
  };
  for (const signal of Object.keys(signals) as Interruption[]) process.on(signal, listener);
  return {
    release() {
      for (const signal of Object.keys(signals) as Interruption[]) process.off(signal, listener);
    },
  };
}
