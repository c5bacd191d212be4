;; Attacks: host code, by calling it with almost no stack left: one host call at every depth of an endless
;; recursion. Host code that dies halfway must not have done half of its work (an intent without an outcome, a
;; decision that was skipped).
;; Held by: treating an error at the boundary as a trap, and poisoning the run.
(module
  (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (result i64)))
  (func $down (result i64)
    (i64.add (call $now) (call $down)))
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (drop (call $down))
    (i32.const 0)))
