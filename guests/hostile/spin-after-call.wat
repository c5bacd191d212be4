;; Attacks: the host's time, after an innocent call. Prints `spinning`, then loops for ever.
;; Held by: ending the worker from outside; a check that only ran at the first call is not enough.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/print.wat
  (data (i32.const 64) "spinning\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (call $say (i32.const 64))
    (loop $for-ever (br $for-ever))
    unreachable))
