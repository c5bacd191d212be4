;; Attacks: a host that links what it does not know, or fails only when it is called. Imports `acme:secret/vault`,
;; which nobody offers or grants, and prints `linked` before it asks for the secret.
;; Held by: refusing to start, naming the import; `linked` must never be printed.
(module
  ;; include ../fragments/print-imports.wat
  (import "acme:secret/vault@1.0.0" "read-secret" (func $read-secret (param i32 i32 i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "linked\n\00" "root-key")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (call $say (i32.const 64))
    (call $read-secret (i32.const 72) (i32.const 8) (i32.const 0))
    (call $print (i32.load (i32.const 0)) (i32.load (i32.const 4)))
    (i32.const 0)))
