/** What a check came to. `fail` is what keeps wrun from working; `warn` what does not. */
export interface Finding {
  readonly mark: "ok" | "warn" | "fail";
  readonly subject: string;
  readonly text: string;
  /** How to mend it. */
  readonly next?: string;
}
