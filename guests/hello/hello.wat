;; A WASI command that prints `hello`. It is built once for each of several releases of WASI 0.2, which a host must
;; all be able to link.
(module
  ;; include ../fragments/print-imports.wat
  ;; include ../fragments/print.wat
  (data (i32.const 64) "hello\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (call $say (i32.const 64))
    (i32.const 0)))
