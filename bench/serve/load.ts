import { Pool } from "undici";

export interface Load {
  readonly requests: number;
  /** How many are under way at once, each on a connection that is kept. */
  readonly connections: number;
}

/**
 * Asks a server as fast as it answers.
 * @returns milliseconds for each request: the whole time over their number, so that what is answered side by side counts.
 * Rejects where an answer is not the one that is expected.
 */
export async function load(pool: Pool, { requests, connections }: Load, body: string): Promise<number> {
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked < requests) {
      asked += 1;
      const answer = await pool.request({ path: "/", method: "GET" });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text !== body)
        throw new Error(`the answer is ${answer.statusCode} ${JSON.stringify(text)}`);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, ask));
  return (performance.now() - startedAt) / requests;
}

export function openPool(url: string, connections: number): Pool {
  return new Pool(url, { connections, pipelining: 1 });
}
