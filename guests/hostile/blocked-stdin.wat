;; Attacks: the host's time, waiting for input that does not come. Prints `reading`, then one blocking read of
;; standard input, then `read N`.
;; Held by: ending the worker from outside.
(module
  ;; include ../fragments/print-imports.wat
  (import "wasi:cli/stdin@0.2.0" "get-stdin" (func $get-stdin (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "reading\n\00" "read \00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (call $say (i32.const 64))
    (call $read (call $get-stdin) (i64.const 16) (i32.const 0))
    (call $say (i32.const 73))
    (call $print-number (i32.load (i32.const 8)))
    (call $print-byte (i32.const 10))
    (i32.const 0)))
