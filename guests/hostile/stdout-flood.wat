;; Attacks: whoever keeps the output. Writes 4096 bytes at a time for ever.
;; Held by: the budgets of host calls and of bytes out.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/print.wat
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (memory.fill (i32.const 4096) (i32.const 120) (i32.const 4096))
    (loop $for-ever
      (call $print (i32.const 4096) (i32.const 4096))
      (br $for-ever))
    unreachable))
