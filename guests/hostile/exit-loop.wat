;; Attacks: a host that ends a guest by throwing from `exit`. Calls `exit` (with its error) inside `catch_all` and goes
;; on: `still running` 10,000 times, calling `exit` again each time.
;; Held by: an end that the guest cannot catch. Exit code 1, and nothing printed after `leaving`.
(module
  ;; include ../fragments/print-imports.wat
  (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
  ;; include ../fragments/print.wat
  (data (i32.const 64) "leaving\n\00" "still running\n\00")
  (func (export "wasi:cli/run@0.2.0#run") (result i32)
    (local $left i32)
    (call $say (i32.const 64))
    (local.set $left (i32.const 10000))
    (loop $again
      try
        (call $exit (i32.const 1))
      catch_all
      end
      try
        (call $say (i32.const 73))
      catch_all
      end
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (i32.const 0)))
