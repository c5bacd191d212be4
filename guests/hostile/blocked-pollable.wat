;; Attacks: the host's time, asleep. Prints `waiting`, then blocks for one hour in a host call.
;; Held by: ending the worker from outside; the thread runs no JavaScript that could look at a flag.
(module
  ;; include ../fragments/print-imports.wat
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "waiting\n\00" "woke\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (call $say (i32.const 64))
    (call $block (call $subscribe (i64.const 3600000000000)))
    (call $say (i32.const 73))
    (i32.const 0)))
